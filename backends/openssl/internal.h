/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What the files of the OpenSSL backend share: the instance, the functions of its vtable, and helpers. */
#ifndef TSPDM_BACKENDS_OPENSSL_INTERNAL_H
#define TSPDM_BACKENDS_OPENSSL_INTERNAL_H

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <tspdm/openssl.h>

enum {
	OSSL_HASHES = 7,          /* SHA-256 … SM3: bits 0 to 6 of BaseHashAlgo */
	OSSL_GROUPS = 6,          /* ffdhe2048 … secp521r1; the key agreement of GB/T 32918.3 is in no OpenSSL */
	OSSL_CIPHERS = 4,         /* AES-128-GCM … SM4-GCM */
	OSSL_CERTIFICATES = 16,   /* in one chain; more than any device has, few enough to bound the work */
	OSSL_ECDSA_DER_MAX = 160, /* a DER Ecdsa-Sig-Value of P-521 has 139 bytes */
};

#define OSSL_RSASSA (TSPDM_ASYM_RSASSA_2048 | TSPDM_ASYM_RSASSA_3072 | TSPDM_ASYM_RSASSA_4096)
#define OSSL_RSAPSS (TSPDM_ASYM_RSAPSS_2048 | TSPDM_ASYM_RSAPSS_3072 | TSPDM_ASYM_RSAPSS_4096)
#define OSSL_ECDSA (TSPDM_ASYM_ECDSA_P256 | TSPDM_ASYM_ECDSA_P384 | TSPDM_ASYM_ECDSA_P521)
#define OSSL_EDDSA (TSPDM_ASYM_ED25519 | TSPDM_ASYM_ED448)

/* Names of what SM2 needs, as OpenSSL knows them. */
#define OSSL_SM2 "SM2"
#define OSSL_SM3 "SM3"

/* Fetched digests by bit position in BaseHashAlgo; NULL where this OpenSSL has none. */
struct tspdm_ossl_hashes {
	EVP_MD *md[OSSL_HASHES];
};

struct tspdm_ossl {
	struct tspdm_crypto base; /* first: a struct tspdm_crypto * is one of these */
	struct tspdm_crypto_support support;
	struct tspdm_ossl_hashes hashes;
	EVP_MAC_CTX *hmac[OSSL_HASHES]; /* keyed with zeros; duplicated for each use, never changed */
	EVP_PKEY *group[OSSL_GROUPS];   /* domain parameters */
	EVP_CIPHER *cipher[OSSL_CIPHERS];
};

struct tspdm_public_key {
	EVP_PKEY *pkey;
	uint32_t fits; /* mask of enum tspdm_asym */
	uint8_t *spki; /* as it stands in the certificate, OpenSSL's memory; NULL: the key is from elsewhere */
	int spki_len;
	EVP_PKEY_CTX *verifier; /* ECDSA: ready to verify; else NULL */
};

static inline struct tspdm_ossl *tspdm_ossl_of(struct tspdm_crypto *crypto)
{
	return (struct tspdm_ossl *)crypto;
}

/* Position of the one bit that is set; `count` where it is not one bit, or beyond. */
unsigned tspdm_ossl_index(uint32_t bit, unsigned count);

/* hash.c */
void tspdm_ossl_hashes_fetch(struct tspdm_ossl_hashes *hashes);
void tspdm_ossl_hashes_free(struct tspdm_ossl_hashes *hashes);
/* NULL for an unknown hash. */
const EVP_MD *tspdm_ossl_md(const struct tspdm_ossl_hashes *hashes, uint32_t hash);
/* `out` has room for TSPDM_HASH_MAX bytes. */
enum tspdm_status tspdm_ossl_digest(
	const struct tspdm_ossl_hashes *hashes, uint32_t hash, struct tspdm_view data, uint8_t *out, size_t *len);
bool tspdm_ossl_hmac_new(struct tspdm_ossl *ossl);
void tspdm_ossl_hmac_free(struct tspdm_ossl *ossl);
enum tspdm_status tspdm_ossl_hash_new(struct tspdm_crypto *crypto, uint32_t hash, struct tspdm_hash **out);
enum tspdm_status tspdm_ossl_hash_reset(struct tspdm_crypto *crypto, struct tspdm_hash *hash);
enum tspdm_status tspdm_ossl_hash_update(struct tspdm_crypto *crypto, struct tspdm_hash *hash, struct tspdm_view data);
enum tspdm_status tspdm_ossl_hash_copy(
	struct tspdm_crypto *crypto, struct tspdm_hash *to, const struct tspdm_hash *from);
enum tspdm_status tspdm_ossl_hash_final(struct tspdm_crypto *crypto, struct tspdm_hash *hash, uint8_t *out);
void tspdm_ossl_hash_free(struct tspdm_crypto *crypto, struct tspdm_hash *hash);
enum tspdm_status tspdm_ossl_hmac(struct tspdm_crypto *crypto, uint32_t hash, struct tspdm_view key,
	const struct tspdm_view *parts, size_t part_count, uint8_t *out);

/* keys.c */
/* Mask of the algorithms that a key is for; 0: none of SPDM's. */
uint32_t tspdm_ossl_key_fits(const EVP_PKEY *pkey);
/* Takes over `pkey`, also on failure. */
enum tspdm_status tspdm_ossl_public_key_take(EVP_PKEY *pkey, uint32_t asym, struct tspdm_public_key **out);
/* The key of a certificate, with its SubjectPublicKeyInfo. */
enum tspdm_status tspdm_ossl_public_key_of(X509 *certificate, uint32_t asym, struct tspdm_public_key **out);
enum tspdm_status tspdm_ossl_public_key_new(
	struct tspdm_crypto *crypto, uint32_t asym, struct tspdm_view spki, struct tspdm_public_key **out);
enum tspdm_status tspdm_ossl_public_key_spki(
	struct tspdm_crypto *crypto, const struct tspdm_public_key *key, struct tspdm_buffer *out);
void tspdm_ossl_public_key_free(struct tspdm_crypto *crypto, struct tspdm_public_key *key);

/* signature.c */
enum tspdm_status tspdm_ossl_verify(struct tspdm_crypto *crypto, const struct tspdm_public_key *key,
	const struct tspdm_to_be_signed *tbs, struct tspdm_view signature);
/* A context that is ready for a key's signatures, made once: finding out what the key needs takes a while. NULL where it
 * also depends on the hash (RSA), or is of no use (EdDSA); and where there is no memory. */
EVP_PKEY_CTX *tspdm_ossl_ready(EVP_PKEY *pkey, uint32_t fits, bool is_sign);
/* r ‖ s to DER; `der` has room for OSSL_ECDSA_DER_MAX bytes. 0: no memory. */
size_t tspdm_ossl_ecdsa_to_der(struct tspdm_view signature, uint8_t *der);
/* DER to r ‖ s, each of half the signature. */
bool tspdm_ossl_ecdsa_from_der(const uint8_t *der, size_t der_len, uint8_t *out, size_t len);
/* Appends the signature. Does not change the identity, which threads may share. */
enum tspdm_status tspdm_ossl_sign(const struct tspdm_openssl_identity *identity, const struct tspdm_to_be_signed *tbs,
	struct tspdm_buffer *signature);

/* sm2.c */
/* The signature has the length of one. */
enum tspdm_status tspdm_ossl_verify_sm2(
	EVP_PKEY *pkey, const struct tspdm_to_be_signed *tbs, struct tspdm_view signature);
enum tspdm_status tspdm_ossl_sign_sm2(EVP_PKEY *pkey, const struct tspdm_to_be_signed *tbs, uint8_t *out, size_t len);

/* certificate_signature.c */
/* Whether certificates and requests can be signed by the key with a hash. `md` is what that takes then: EdDSA and SM2 bring
 * their own, whichever is asked for. */
bool tspdm_ossl_can_certify(
	const struct tspdm_ossl_hashes *hashes, const EVP_PKEY *key, uint32_t hash, const EVP_MD **md);
/* A context that signs a certificate or a request with a key of any kind. NULL: OpenSSL cannot, or has no memory. */
EVP_MD_CTX *tspdm_ossl_certifier(EVP_PKEY *key, const EVP_MD *md);
/* Whether the key signed the certificate; one that SM2 signed keeps the identity with which it did, for OpenSSL's own
 * verification. `key` may be NULL: it did not. */
bool tspdm_ossl_is_signed_by(X509 *certificate, EVP_PKEY *key);
/* The same for a certificate that OpenSSL verifies later: only SM2 has something to find. */
void tspdm_ossl_find_identity(X509 *certificate, X509 *issuer);
/* Whether a request is signed by the key in it. */
bool tspdm_ossl_is_request_signed(X509_REQ *request);

/* certificates.c */
/* Takes the next DER element, a SEQUENCE, off the front of `rest`. False: there is none, or it is malformed. */
bool tspdm_ossl_next_der(struct tspdm_view *rest, struct tspdm_view *element);
/* NULL where `der` is not exactly one certificate in DER. */
X509 *tspdm_ossl_certificate(struct tspdm_view der);
bool tspdm_ossl_der_equal(struct tspdm_view a, struct tspdm_view b);

/* profile.c: the rules of DSP0274 for one certificate of a chain */
enum tspdm_status tspdm_ossl_check_form(X509 *certificate);
enum tspdm_status tspdm_ossl_check_extensions(X509 *certificate);
enum tspdm_status tspdm_ossl_check_issuer(X509 *certificate);
enum tspdm_status tspdm_ossl_check_leaf(X509 *certificate, const struct tspdm_chain_check *check);

/* chain.c */
enum tspdm_status tspdm_ossl_check_chain(
	struct tspdm_crypto *crypto, const struct tspdm_chain_check *check, struct tspdm_chain_result *result);

/* dhe.c */
void tspdm_ossl_groups_new(struct tspdm_ossl *ossl);
void tspdm_ossl_groups_free(struct tspdm_ossl *ossl);
enum tspdm_status tspdm_ossl_dhe_new(
	struct tspdm_crypto *crypto, uint32_t dhe, struct tspdm_dhe_key **out, struct tspdm_buffer *public_value);
enum tspdm_status tspdm_ossl_dhe_agree(struct tspdm_crypto *crypto, struct tspdm_dhe_key *key,
	struct tspdm_view peer_value, struct tspdm_buffer *secret);
void tspdm_ossl_dhe_free(struct tspdm_crypto *crypto, struct tspdm_dhe_key *key);

/* aead.c */
void tspdm_ossl_ciphers_fetch(struct tspdm_ossl *ossl);
void tspdm_ossl_ciphers_free(struct tspdm_ossl *ossl);
enum tspdm_status tspdm_ossl_aead_new(
	struct tspdm_crypto *crypto, uint32_t aead, bool is_seal, struct tspdm_view key, struct tspdm_aead_key **out);
enum tspdm_status tspdm_ossl_aead_seal(struct tspdm_crypto *crypto, struct tspdm_aead_key *key, const uint8_t *nonce,
	struct tspdm_view associated, uint8_t *data, size_t len, uint8_t *tag);
enum tspdm_status tspdm_ossl_aead_open(struct tspdm_crypto *crypto, struct tspdm_aead_key *key, const uint8_t *nonce,
	struct tspdm_view associated, uint8_t *data, size_t len, const uint8_t *tag);
void tspdm_ossl_aead_free(struct tspdm_crypto *crypto, struct tspdm_aead_key *key);

/* identity.c */
struct tspdm_openssl_identity {
	struct tspdm_signer signer; /* first: a struct tspdm_signer * is one of these */
	struct tspdm_ossl_hashes hashes;
	EVP_PKEY *key;
	EVP_PKEY_CTX *ready; /* ECDSA: what signing contexts are copies of; else NULL */
	uint32_t fits;
	uint8_t *chain; /* concatenated DER, root first */
	size_t chain_len;
	uint8_t *spki;
	size_t spki_len;
};

/* Takes over `key` (also on failure); copies the certificates, root first, whose last is the key's. */
enum tspdm_status tspdm_ossl_identity_new(
	EVP_PKEY *key, X509 *const *certificates, unsigned count, struct tspdm_openssl_identity **out);

#endif
