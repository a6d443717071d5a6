/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Public keys in files. */
#ifndef EXAMPLES_PUBLIC_KEY_H
#define EXAMPLES_PUBLIC_KEY_H

#include <tspdm/types.h>

#include "common.h"

/* Reads a public key, PEM or DER, as DER SubjectPublicKeyInfo; to->bytes is to be freed. */
bool public_key_read(const char *path, struct file *to, char *why);
/* Writes one as PEM. */
bool public_key_write(const char *path, struct tspdm_view spki, char *why);

#endif
