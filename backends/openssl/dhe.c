/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Ephemeral keys: DSP0274 1.2 "KEY_EXCHANGE request", ExchangeData, and "DHE secret computation". */
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/dh.h>
#include <openssl/params.h>

#include <tspdm/secret.h>

#include "base/cursor.h"
#include "internal.h"

enum { DHE_VALUE_MAX = 512 };

struct tspdm_dhe_key {
	EVP_PKEY *pkey;
	const EVP_PKEY *group; /* the instance's */
	size_t size;           /* of a public value */
	bool is_ec;
};

/* By bit position in the DHE group mask. */
static const struct {
	const char *type;
	const char *name;
} groups[OSSL_GROUPS] = {
	{ "DH", "ffdhe2048" },
	{ "DH", "ffdhe3072" },
	{ "DH", "ffdhe4096" },
	{ "EC", "P-256" },
	{ "EC", "P-384" },
	{ "EC", "P-521" },
};

static EVP_PKEY *group_new(const char *type, const char *name)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *group = NULL;
	char copy[16];
	OSSL_PARAM params[2] = { OSSL_PARAM_END, OSSL_PARAM_END };

	OPENSSL_strlcpy(copy, name, sizeof copy);
	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, copy, 0);
	if (context != NULL && EVP_PKEY_paramgen_init(context) == 1 && EVP_PKEY_CTX_set_params(context, params) == 1 &&
		EVP_PKEY_paramgen(context, &group) != 1)
		group = NULL;
	EVP_PKEY_CTX_free(context);
	return group;
}

void tspdm_ossl_groups_new(struct tspdm_ossl *ossl)
{
	for (unsigned i = 0; i < OSSL_GROUPS; i++)
		ossl->group[i] = group_new(groups[i].type, groups[i].name);
}

void tspdm_ossl_groups_free(struct tspdm_ossl *ossl)
{
	for (unsigned i = 0; i < OSSL_GROUPS; i++)
		EVP_PKEY_free(ossl->group[i]);
}

static EVP_PKEY *generate(EVP_PKEY *group)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, group, NULL);
	EVP_PKEY *pkey = NULL;

	if (context != NULL && EVP_PKEY_keygen_init(context) == 1 && EVP_PKEY_keygen(context, &pkey) != 1)
		pkey = NULL;
	EVP_PKEY_CTX_free(context);
	return pkey;
}

/* OpenSSL's form of an EC point has 0x04 in front of X ‖ Y, SPDM's has not. */
static enum tspdm_status write_public(const struct tspdm_dhe_key *key, struct tspdm_buffer *out)
{
	uint8_t *encoded = NULL;
	size_t prefix = key->is_ec ? 1 : 0;
	size_t len = EVP_PKEY_get1_encoded_public_key(key->pkey, &encoded);
	enum tspdm_status status = TSPDM_ERR_CRYPTO;

	if (len == key->size + prefix && (!key->is_ec || encoded[0] == POINT_CONVERSION_UNCOMPRESSED)) {
		write_view(out, (struct tspdm_view){ encoded + prefix, key->size });
		status = write_end(out);
	}
	OPENSSL_free(encoded);
	return status;
}

static enum tspdm_status make(struct tspdm_dhe_key *key, EVP_PKEY *group, struct tspdm_buffer *public_value)
{
	key->group = group;
	key->is_ec = EVP_PKEY_is_a(group, "EC");
	key->pkey = generate(group);
	return key->pkey != NULL ? write_public(key, public_value) : TSPDM_ERR_CRYPTO;
}

enum tspdm_status tspdm_ossl_dhe_new(
	struct tspdm_crypto *crypto, uint32_t dhe, struct tspdm_dhe_key **out, struct tspdm_buffer *public_value)
{
	unsigned i = tspdm_ossl_index(dhe, OSSL_GROUPS);
	EVP_PKEY *group = i < OSSL_GROUPS ? tspdm_ossl_of(crypto)->group[i] : NULL;
	struct tspdm_dhe_key *key;
	enum tspdm_status status;

	*out = NULL;
	if (group == NULL)
		return TSPDM_ERR_UNSUPPORTED;
	key = calloc(1, sizeof *key);
	if (key == NULL)
		return TSPDM_ERR_MEMORY;
	key->size = tspdm_algorithm_size(TSPDM_KIND_DHE, dhe);
	ERR_set_mark();
	status = make(key, group, public_value);
	ERR_pop_to_mark();
	if (status != TSPDM_OK)
		tspdm_ossl_dhe_free(crypto, key);
	else
		*out = key;
	return status;
}

/* DSP0274 1.2 "KEY_EXCHANGE request": 1 < Y < p - 1. Also what RFC 7919 "Client Behavior" demands. */
static bool is_in_range(const EVP_PKEY *group, struct tspdm_view value)
{
	BIGNUM *p = NULL;
	BIGNUM *y = BN_bin2bn(value.ptr, (int)value.len, NULL);
	bool good = y != NULL && EVP_PKEY_get_bn_param(group, OSSL_PKEY_PARAM_FFC_P, &p) == 1 &&
		    BN_sub_word(p, 1) == 1 && BN_cmp(y, BN_value_one()) > 0 && BN_cmp(y, p) < 0;

	BN_free(p);
	BN_free(y);
	return good;
}

/* NULL: not an element. Reading an EC point checks that it is on the curve. */
static EVP_PKEY *read_peer(const struct tspdm_dhe_key *key, struct tspdm_view value)
{
	uint8_t encoded[1 + DHE_VALUE_MAX] = { POINT_CONVERSION_UNCOMPRESSED };
	EVP_PKEY *peer;

	if (value.len != key->size || (!key->is_ec && !is_in_range(key->group, value)))
		return NULL;
	memcpy(encoded + 1, value.ptr, value.len);
	peer = EVP_PKEY_new();
	if (peer != NULL && EVP_PKEY_copy_parameters(peer, key->group) == 1 &&
		EVP_PKEY_set1_encoded_public_key(
			peer, key->is_ec ? encoded : encoded + 1, value.len + (key->is_ec ? 1 : 0)) == 1)
		return peer;
	EVP_PKEY_free(peer);
	return NULL;
}

/* Left-padded to the size of p or of a coordinate; OpenSSL does that for EC anyway. */
static enum tspdm_status derive(
	const struct tspdm_dhe_key *key, EVP_PKEY_CTX *context, EVP_PKEY *peer, struct tspdm_buffer *secret)
{
	uint8_t shared[DHE_VALUE_MAX];
	size_t size = key->is_ec ? key->size / 2 : key->size;
	size_t len = sizeof shared;
	enum tspdm_status status = TSPDM_ERR_CRYPTO;

	if (EVP_PKEY_derive_init(context) != 1 || (!key->is_ec && EVP_PKEY_CTX_set_dh_pad(context, 1) != 1))
		return TSPDM_ERR_CRYPTO;
	if (EVP_PKEY_derive_set_peer(context, peer) != 1) /* validates the peer's key in full */
		return TSPDM_ERR_KEY;
	if (EVP_PKEY_derive(context, shared, &len) == 1 && len == size) {
		write_view(secret, (struct tspdm_view){ shared, len });
		status = write_end(secret);
	}
	tspdm_wipe(shared, sizeof shared);
	return status;
}

static enum tspdm_status agree(struct tspdm_dhe_key *key, struct tspdm_view peer_value, struct tspdm_buffer *secret)
{
	EVP_PKEY *peer = read_peer(key, peer_value);
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
	enum tspdm_status status = TSPDM_ERR_MEMORY;

	if (peer == NULL)
		status = TSPDM_ERR_KEY;
	else if (context != NULL)
		status = derive(key, context, peer, secret);
	EVP_PKEY_CTX_free(context);
	EVP_PKEY_free(peer);
	return status;
}

enum tspdm_status tspdm_ossl_dhe_agree(struct tspdm_crypto *crypto, struct tspdm_dhe_key *key,
	struct tspdm_view peer_value, struct tspdm_buffer *secret)
{
	enum tspdm_status status;

	(void)crypto;
	ERR_set_mark();
	status = agree(key, peer_value, secret);
	ERR_pop_to_mark();
	return status;
}

void tspdm_ossl_dhe_free(struct tspdm_crypto *crypto, struct tspdm_dhe_key *key)
{
	(void)crypto;
	if (key == NULL)
		return;
	EVP_PKEY_free(key->pkey); /* OpenSSL clears private values */
	free(key);
}
