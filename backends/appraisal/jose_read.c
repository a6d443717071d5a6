/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * JOSE, the other way round: taking a compact JWS apart and verifying it. RFC 7515, RFC 7518 "Digital Signature with ECDSA". */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "jose.h"

enum { SIGNATURE_MAX = 160 };

/* ---- Texts ---- */

static int digit_of(uint8_t c)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	const char *at = c != '\0' ? strchr(alphabet, c) : NULL;

	return at != NULL ? (int)(at - alphabet) : -1;
}

/* One way only to write a text: no padding, no other alphabet, no bits left over. `out` has room for three quarters. */
static bool decode(struct tspdm_view text, uint8_t *out, struct tspdm_view *bytes)
{
	uint32_t group = 0;
	unsigned bits = 0;
	size_t len = 0;

	for (size_t i = 0; i < text.len; i++) {
		int digit = digit_of(text.ptr[i]);

		if (digit < 0)
			return false;
		group = (group << 6 | (uint32_t)digit) & 0xFFFF;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			out[len++] = (uint8_t)(group >> bits);
		}
	}
	*bytes = (struct tspdm_view){ out, len };
	return bits < 6 && (group & ((1U << bits) - 1)) == 0;
}

static bool is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct tspdm_view trim(struct tspdm_view text)
{
	while (text.len != 0 && is_space(text.ptr[0])) {
		text.ptr++;
		text.len--;
	}
	while (text.len != 0 && is_space(text.ptr[text.len - 1]))
		text.len--;
	return text;
}

/* What is before the first dot; the rest stays behind it. False: there is no dot. */
static bool take_part(struct tspdm_view *rest, struct tspdm_view *part)
{
	const uint8_t *dot = rest->len != 0 ? memchr(rest->ptr, '.', rest->len) : NULL;

	if (dot == NULL)
		return false;
	*part = (struct tspdm_view){ rest->ptr, (size_t)(dot - rest->ptr) };
	rest->len -= part->len + 1;
	rest->ptr = dot + 1;
	return true;
}

bool tspdm_jose_split(struct tspdm_view jwt, struct jose_token *out)
{
	struct tspdm_view rest = trim(jwt), header, payload;
	const uint8_t *first = rest.ptr;
	uint8_t *room;

	*out = (struct jose_token){ .room = NULL };
	if (!take_part(&rest, &header) || !take_part(&rest, &payload))
		return false;
	out->signed_text = (struct tspdm_view){ first, header.len + 1 + payload.len };
	out->room = room = malloc(jwt.len);
	return room != NULL && decode(header, room, &out->header) &&
	       decode(payload, room + header.len, &out->payload) &&
	       decode(rest, room + header.len + payload.len, &out->signature);
}

void tspdm_jose_free(struct jose_token *token)
{
	free(token->room);
	token->room = NULL;
}

json_t *tspdm_jose_json(struct tspdm_view text)
{
	return json_loadb((const char *)text.ptr, text.len, JSON_REJECT_DUPLICATES, NULL);
}

/* ---- Keys ---- */

static int no_passphrase(char *out, int cap, int is_writing, void *context)
{
	(void)out, (void)cap, (void)is_writing, (void)context;
	return -1;
}

static EVP_PKEY *key_of_certificate(X509 *certificate)
{
	EVP_PKEY *key = certificate != NULL ? X509_get_pubkey(certificate) : NULL;

	X509_free(certificate);
	return key;
}

static EVP_PKEY *read_pem(struct tspdm_view bytes)
{
	BIO *bio = BIO_new_mem_buf(bytes.ptr, (int)bytes.len);
	EVP_PKEY *key = bio != NULL ? PEM_read_bio_PUBKEY(bio, NULL, no_passphrase, NULL) : NULL;

	if (key == NULL && bio != NULL && BIO_reset(bio) == 1)
		key = key_of_certificate(PEM_read_bio_X509(bio, NULL, no_passphrase, NULL));
	BIO_free(bio);
	return key;
}

static EVP_PKEY *read_der(struct tspdm_view bytes)
{
	const uint8_t *next = bytes.ptr;
	EVP_PKEY *key = d2i_PUBKEY(NULL, &next, (long)bytes.len);

	next = bytes.ptr;
	return key != NULL ? key : key_of_certificate(d2i_X509(NULL, &next, (long)bytes.len));
}

const char *tspdm_jose_algorithm(const EVP_PKEY *key)
{
	char group[32];

	if (!EVP_PKEY_is_a(key, "EC") || EVP_PKEY_get_group_name(key, group, sizeof group, NULL) != 1)
		return "";
	return strcmp(group, "prime256v1") == 0 ? "ES256" : strcmp(group, "secp384r1") == 0 ? "ES384" : "";
}

EVP_PKEY *tspdm_jose_public_key(struct tspdm_view bytes)
{
	EVP_PKEY *key;

	if (bytes.len == 0 || bytes.len > INT_MAX)
		return NULL;
	ERR_set_mark();
	key = read_pem(bytes);
	if (key == NULL)
		key = read_der(bytes);
	ERR_pop_to_mark();
	if (key != NULL && tspdm_jose_algorithm(key)[0] == '\0') {
		EVP_PKEY_free(key);
		key = NULL;
	}
	return key;
}

/* ---- Signatures ---- */

/* r and s, each as long as a coordinate, to DER. @returns its length; 0: that failed */
static size_t to_der(struct tspdm_view rs, uint8_t *der, size_t cap)
{
	int half = (int)(rs.len / 2);
	ECDSA_SIG *signature = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(rs.ptr, half, NULL), *s = BN_bin2bn(rs.ptr + half, half, NULL);
	int len = 0;

	if (signature != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(signature, r, s) == 1) {
		r = s = NULL; /* they are the signature's now */
		len = i2d_ECDSA_SIG(signature, NULL);
		if (len > 0 && (size_t)len <= cap)
			len = i2d_ECDSA_SIG(signature, &der);
		else
			len = 0;
	}
	BN_free(r);
	BN_free(s);
	ECDSA_SIG_free(signature);
	return len > 0 ? (size_t)len : 0;
}

bool tspdm_jose_verify(EVP_PKEY *key, const struct jose_token *token)
{
	bool is_384 = strcmp(tspdm_jose_algorithm(key), "ES384") == 0;
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	uint8_t der[SIGNATURE_MAX];
	size_t len = token->signature.len == (is_384 ? 96U : 64U) ? to_der(token->signature, der, sizeof der) : 0;
	bool is_good;

	ERR_set_mark();
	is_good = context != NULL && len != 0 &&
		  EVP_DigestVerifyInit(context, NULL, is_384 ? EVP_sha384() : EVP_sha256(), NULL, key) == 1 &&
		  EVP_DigestVerify(context, der, len, token->signed_text.ptr, token->signed_text.len) == 1;
	EVP_MD_CTX_free(context);
	ERR_pop_to_mark();
	return is_good;
}
