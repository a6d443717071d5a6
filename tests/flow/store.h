/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * A pair whose responder can be provisioned, and a CA that makes the chains. */
#ifndef TEST_STORE_H
#define TEST_STORE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/evp.h>

#include "pair.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define SECURE (TSPDM_CAP_KEY_EX | TSPDM_CAP_ENCRYPT | TSPDM_CAP_MAC)
#define ATTESTS (TSPDM_CAP_CERT | TSPDM_CAP_CHAL | TSPDM_CAP_MEAS_SIG)
#define PROVISIONS (ATTESTS | TSPDM_CAP_CSR | TSPDM_CAP_SET_CERT)

enum { CHAIN_ROOM = 4096 };

/* What the device does with the chains that it is given. */
struct store {
	struct tspdm_basic_device *device;
	uint8_t room[8][CHAIN_ROOM];
	enum tspdm_status outcome, csr_outcome;
	unsigned delay; /* how often it is not ready */
	unsigned calls;
	struct tspdm_new_chain last;
	EVP_PKEY *root, *device_ca; /* of the CA; of the device, in the AliasCert model */
	uint8_t device_ca_spki[128];
};

/* What is wrong with a chain. */
enum flaw {
	SOUND,
	OTHER_KEY,
	BROKEN_SIGNATURE,
	LEAF_IS_CA, /* or the Device Certificate CA is a leaf */
	NO_KEY_USAGE,
};

/* A pair that is not connected yet; `capabilities` are the responder's. */
struct pair *store_pair(struct store *store, uint32_t capabilities, uint32_t session_capabilities);
void store_free(struct store *store, struct pair *pair);

/* A chain for the device, by its model: root and leaf, or root and Device Certificate CA. Of one length for one model and
 * flaw, whatever the number. */
struct tspdm_view store_chain(struct store *store, enum flaw flaw, unsigned number, uint8_t room[CHAIN_ROOM]);

enum tspdm_status set_chain(struct pair *pair, uint8_t slot, struct tspdm_view chain);
enum tspdm_status authenticate_slot(struct pair *pair, uint8_t slot);

#endif
