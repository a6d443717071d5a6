/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The crypto vtable on OpenSSL 3.0 or later, and identities (key and certificate chain) for responders.
 *
 *	struct tspdm_crypto *crypto;
 *	status = tspdm_openssl_new(&crypto);
 *	...
 *	tspdm_openssl_free(crypto);
 */
#ifndef TSPDM_OPENSSL_H
#define TSPDM_OPENSSL_H

#include <tspdm/crypto.h>
#include <tspdm/device.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Makes a backend; each algorithm is fetched once, here. May be shared by threads. It announces what this OpenSSL has: SM2
 * signatures and SM3 (3.0 has them, a build may not) and SM4-GCM (not in 3.0) among that; RSA does not sign with SM3 in 3.0
 * (TSPDM_ERR_UNSUPPORTED). Signatures of certificates with SM2 have the identity of GM/T 0009, or the empty one.
 * @retval TSPDM_ERR_MEMORY, TSPDM_ERR_CRYPTO */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_openssl_new(struct tspdm_crypto **out);
/** NULL is allowed. Everything that it handed out must have been freed. */
TSPDM_API void tspdm_openssl_free(struct tspdm_crypto *crypto);

/** A private key in memory with its certificate chain. */
struct tspdm_openssl_identity;

/** Loads an identity.
 * @param chain  PEM or concatenated DER, root first or leaf first; the first byte tells the form
 * @param key    PEM or DER (PKCS#8 or traditional), not encrypted
 * @retval TSPDM_ERR_CHAIN_FORM  no certificate, unreadable, or not in one line from root to leaf
 * @retval TSPDM_ERR_KEY         unreadable, of no algorithm of SPDM's, or not the leaf's */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_openssl_identity_load(
	struct tspdm_view chain, struct tspdm_view key, struct tspdm_openssl_identity **out);

/** An X.509 extension to put into a self-made certificate. */
struct tspdm_openssl_extension {
	const char *oid;         /**< dotted */
	bool is_critical;
	struct tspdm_view value; /**< contents of extnValue */
};

/** How an identity is made in memory. */
struct tspdm_openssl_make {
	size_t size;
	uint32_t asym;           /**< one bit; default ECDSA P-384 */
	uint32_t hash;           /**< for the certificate's signature; default SHA-384. EdDSA and SM2 bring their own */
	const char *common_name; /**< of the leaf; default "tspdm identity" */
	int64_t not_before;      /**< seconds since 1970; default: now less five minutes */
	uint32_t lifetime_s;     /**< default one day */
	bool single;             /**< one self-signed certificate; else a throw-away CA above the leaf */
	uint8_t reserved[3];
	/** Asked for extensions once the key exists, so that they can commit to it; optional.
	 * @param spki  DER SubjectPublicKeyInfo of the new key
	 * @param out   good until the call of tspdm_openssl_identity_make() returns */
	enum tspdm_status (*extensions)(void *context, struct tspdm_view spki,
		const struct tspdm_openssl_extension **out, size_t *count);
	void *context;
};

/** Makes a key and certifies it. The certificates follow the profile of DSP0274 "Leaf certificate".
 * @retval TSPDM_ERR_UNSUPPORTED  OpenSSL lacks the algorithm, or does not certify with that hash (3.0: ECDSA, SHA-3) */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_openssl_identity_make(
	const struct tspdm_openssl_make *make, struct tspdm_openssl_identity **out);

/** Makes a certificate request (PKCS#10, DER) for an identity's key. */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_openssl_identity_csr(
	const struct tspdm_openssl_identity *identity, const char *common_name, struct tspdm_buffer *out);

/** Makes a certificate request for an identity's key as GET_CSR wants it, for tspdm_device_ops.csr. Subject and attributes
 * are those of RequesterInfo, signed as they are: certifying what it may not is for the CA to refuse.
 * @param common_name  the subject where RequesterInfo has none
 * @retval TSPDM_ERR_FIELD        RequesterInfo is no CertificationRequestInfo in DER, is longer than 4096 bytes, has more than
 *                                32 attributes, or a name of more than 16 parts, or a part of more than 256 bytes
 * @retval TSPDM_ERR_UNSUPPORTED  the key is not for request->asym
 * @retval TSPDM_ERR_BUFFER       out->len tells the size needed */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_openssl_identity_request(
	const struct tspdm_openssl_identity *identity, const struct tspdm_csr_request *request, const char *common_name,
	struct tspdm_buffer *out);

/** Verifies that a certificate request (PKCS #10, DER) is signed with the key that it is for.
 * @param spki  takes its DER SubjectPublicKeyInfo; NULL where nobody wants it
 * @retval TSPDM_ERR_FIELD        malformed
 * @retval TSPDM_ERR_SIGNATURE    not signed with its key */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_openssl_csr_verify(struct tspdm_view csr, struct tspdm_buffer *spki);

/** Fills a slot of a device; its views live as long as the identity. */
TSPDM_API void tspdm_openssl_identity_slot(struct tspdm_openssl_identity *identity, struct tspdm_slot *out);

/** Wipes and frees; NULL is allowed. */
TSPDM_API void tspdm_openssl_identity_free(struct tspdm_openssl_identity *identity);

/** Turns PEM or DER certificates into concatenated DER, e.g. for trust anchors.
 * @retval TSPDM_ERR_CHAIN_FORM  not even one certificate */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_openssl_certificates(struct tspdm_view in, struct tspdm_buffer *out);

/** Says a certificate's subject in one line, for a person. @param out  NUL-terminated, cut to fit */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_openssl_subject(struct tspdm_view certificate, char *out, size_t cap);

#ifdef __cplusplus
}
#endif
#endif
