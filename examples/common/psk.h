/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * --psk HINT:FILE of both programs, and --tls-psk ID:FILE: pre-shared keys from files that nobody else can read. */
#ifndef EXAMPLES_PSK_H
#define EXAMPLES_PSK_H

#include <tspdm/psk.h>

#include "common.h"

enum { PSKS_MAX = 16, PSK_WEAK = 16 /* fewer bytes are warned of */ };

/* The keys, and the store that tspdm takes them from. */
struct psk_keys {
	const char *option; /* that they come from; NULL: psk */
	struct tspdm_psk_table table;
	struct tspdm_psk keys[PSKS_MAX];
	size_t count;
	uint8_t secrets[PSKS_MAX][TSPDM_PSK_MAX];
};

/* Adds the key of one such option. The text before the first colon is the hint, and may be empty; the file holds the secret in
 * hex, or any other bytes as they are. The hint stays the command line's. */
bool psk_add(struct psk_keys *psk, const char *value, char *why);
/* A key by which an attacker could get in by trying; NULL: none. */
const struct tspdm_psk *psk_weakest(const struct psk_keys *psk);
/* NULL: no key was given. */
struct tspdm_psk_store *psk_store(struct psk_keys *psk);
void psk_wipe(struct psk_keys *psk);

#endif
