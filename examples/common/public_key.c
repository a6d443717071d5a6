/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Public keys in files: DER SubjectPublicKeyInfo, or the same as PEM. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/pem.h>
#include <openssl/x509.h>

#include "public_key.h"

static EVP_PKEY *parse(const struct file *from)
{
	BIO *bio = BIO_new_mem_buf(from->bytes, (int)from->len);
	EVP_PKEY *key = bio != NULL ? PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL) : NULL;
	const unsigned char *der = from->bytes;

	BIO_free(bio);
	return key != NULL ? key : d2i_PUBKEY(NULL, &der, (long)from->len);
}

/* What was read, as DER in memory of malloc. */
static bool keep(EVP_PKEY *key, struct file *to)
{
	int len = key != NULL ? i2d_PUBKEY(key, NULL) : 0;
	unsigned char *next = len > 0 ? malloc((size_t)len) : NULL;

	if (next == NULL)
		return false;
	to->bytes = next;
	to->len = (size_t)len;
	return i2d_PUBKEY(key, &next) == len;
}

bool public_key_read(const char *path, struct file *to, char *why)
{
	struct file from;
	EVP_PKEY *key;
	bool is_good;

	if (!file_read(path, &from, why))
		return false;
	key = parse(&from);
	is_good = keep(key, to);
	EVP_PKEY_free(key);
	free(from.bytes);
	if (!is_good)
		snprintf(why, WHY_MAX, "%.200s: no public key in it", path);
	return is_good;
}

bool public_key_write(const char *path, struct tspdm_view spki, char *why)
{
	const unsigned char *der = spki.ptr;
	EVP_PKEY *key = d2i_PUBKEY(NULL, &der, (long)spki.len);
	FILE *out = key != NULL ? fopen(path, "w") : NULL;
	bool is_good = out != NULL && PEM_write_PUBKEY(out, key) == 1;

	if (out != NULL && fclose(out) != 0)
		is_good = false;
	EVP_PKEY_free(key);
	if (!is_good)
		snprintf(why, WHY_MAX, "%.200s: %s", path, strerror(errno));
	return is_good;
}
