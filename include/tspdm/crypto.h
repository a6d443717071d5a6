/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The crypto vtable: all cryptography that the core asks for. <tspdm/openssl.h> implements it; to write one's own, fill a
 * struct tspdm_crypto_ops and embed struct tspdm_crypto in the instance:
 *
 *	struct my_crypto { struct tspdm_crypto base; hsm_handle hsm; };
 *	static enum tspdm_status my_random(struct tspdm_crypto *crypto, uint8_t *out, size_t len)
 *	{
 *		struct my_crypto *my = (struct my_crypto *)crypto; // base is its first member
 *		return hsm_random(my->hsm, out, len) == 0 ? TSPDM_OK : TSPDM_ERR_RANDOM;
 *	}
 *
 * An instance may be shared by any number of requesters and responders, also in several threads, unless the backend says
 * otherwise; the objects that it hands out (hashes, keys, …) belong to one thread at a time. No function re-enters the
 * library. Functions that are NULL cannot be done; `supported` must not announce what needs them.
 * Algorithms are named by their single bit, as in <tspdm/spdm.h>.
 */
#ifndef TSPDM_CRYPTO_H
#define TSPDM_CRYPTO_H

#include <tspdm/spdm.h>
#include <tspdm/status.h>
#include <tspdm/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tspdm_crypto;
struct tspdm_hash;       /**< a running hash; the backend's own */
struct tspdm_public_key; /**< a parsed public key */
struct tspdm_dhe_key;    /**< an ephemeral key pair */
struct tspdm_aead_key;   /**< an AEAD key context, for one direction */

/** What a backend can do: masks of <tspdm/spdm.h>. */
struct tspdm_crypto_support {
	uint32_t hash;
	uint32_t asym; /**< verification */
	uint32_t dhe;
	uint32_t aead;
};

/** What is to be signed or verified: DSP0274 "Signature generation", "Signature verification". */
struct tspdm_to_be_signed {
	uint32_t asym;            /**< one bit of enum tspdm_asym */
	uint32_t hash;            /**< the connection's BaseHashSel */
	bool is_digest;           /**< 1.0 and 1.1: `data` is already the digest that RSA and ECDSA sign; from 1.2 on it is
	                               the message M (prefix and transcript hash), which they hash once more. SM2 hashes it
	                               with SM3, whatever `hash` is, behind its signer's identity, which is empty */
	struct tspdm_view data;
	struct tspdm_view context;/**< spdm_context, for algorithms with a context input (Ed448); empty where none is used */
	bool is_strict;           /**< Ed448 with this context only. Else it is signed with an empty one, as deployed peers
	                               do and expect, and verified with either */
};

/** A certificate chain to judge, DSP0274 "Leaf certificate" and "Certificate chain validation" in 1.2. */
struct tspdm_chain_check {
	struct tspdm_view certificates; /**< concatenated DER, root side first, leaf last; at least one */
	struct tspdm_view root_hash;    /**< RootHash of the chain structure */
	uint32_t hash;                  /**< its algorithm */
	uint32_t asym;                  /**< what the leaf's key must be for: one of these */
	struct tspdm_view anchors;      /**< concatenated DER of the trust anchors; may be empty */
	int64_t time;                   /**< seconds since 1970 to judge validity at; 0: there is no clock, dates are not judged */
	bool is_requester;              /**< the chain is a requester's: decides which EKU must not stand alone */
	bool is_alias;                  /**< ALIAS_CERT_CAP of its owner */
	bool allow_unanchored;          /**< a chain that is sound in itself but ends in no anchor passes, with is_anchored
	                                     false. For TEE identities, whose key the evidence certifies; and for nothing else */
	bool is_device_ca;              /**< the last certificate is no leaf but a Device Certificate CA (AliasCert model, as
	                                     SET_CERTIFICATE brings it): judged as an issuer is */
	uint8_t reserved[3];            /**< 0 */
};

struct tspdm_chain_result {
	struct tspdm_public_key *leaf_key; /**< the caller frees it with public_key_free; NULL after a failure */
	struct tspdm_view leaf;            /**< DER of the leaf, inside check.certificates */
	bool is_anchored;
	uint8_t failed_at;                 /**< after a failure: which certificate, 0 is the root side */
	int64_t valid_from;                /**< seconds since 1970: the whole chain, its anchor included, is valid from then on, */
	int64_t valid_until;               /**< and no more at that second; both 0: not told, and the judgement is not cached */
};

/** Contracts. `size` is sizeof of the struct that the implementer compiled against. */
struct tspdm_crypto_ops {
	size_t size;
	const char *name;

	/** Tells what can be done; asked once for each object. */
	void (*supported)(struct tspdm_crypto *crypto, struct tspdm_crypto_support *out);

	/** Fills `len` bytes from a cryptographic random source. */
	enum tspdm_status (*random)(struct tspdm_crypto *crypto, uint8_t *out, size_t len);

	/* Running hashes. hash_new may allocate; the others do not, so that a message costs no allocation. */
	/** Makes a hash, empty. Freed by hash_free, which also wipes it. */
	enum tspdm_status (*hash_new)(struct tspdm_crypto *crypto, uint32_t hash, struct tspdm_hash **out);
	/** Back to empty. */
	enum tspdm_status (*hash_reset)(struct tspdm_crypto *crypto, struct tspdm_hash *hash);
	enum tspdm_status (*hash_update)(struct tspdm_crypto *crypto, struct tspdm_hash *hash, struct tspdm_view data);
	/** Makes `to` what `from` is; both are of one algorithm. */
	enum tspdm_status (*hash_copy)(struct tspdm_crypto *crypto, struct tspdm_hash *to, const struct tspdm_hash *from);
	/** Writes the digest, tspdm_algorithm_size() bytes; `hash` must be reset or copied to before it is used again. */
	enum tspdm_status (*hash_final)(struct tspdm_crypto *crypto, struct tspdm_hash *hash, uint8_t *out);
	/** NULL is allowed. */
	void (*hash_free)(struct tspdm_crypto *crypto, struct tspdm_hash *hash);

	/** HMAC over the concatenation of `parts`; `out` has room for a digest. */
	enum tspdm_status (*hmac)(struct tspdm_crypto *crypto, uint32_t hash, struct tspdm_view key,
		const struct tspdm_view *parts, size_t part_count, uint8_t *out);

	/** Reads a DER SubjectPublicKeyInfo of an algorithm of `asym` (a mask; the key may fit several, as RSA does).
	 * @retval TSPDM_ERR_KEY  malformed, or of none of them */
	enum tspdm_status (*public_key_new)(
		struct tspdm_crypto *crypto, uint32_t asym, struct tspdm_view spki, struct tspdm_public_key **out);
	/** Writes the DER SubjectPublicKeyInfo. */
	enum tspdm_status (*public_key_spki)(
		struct tspdm_crypto *crypto, const struct tspdm_public_key *key, struct tspdm_buffer *out);
	/** NULL is allowed. */
	void (*public_key_free)(struct tspdm_crypto *crypto, struct tspdm_public_key *key);

	/** Verifies a signature in the encoding of DSP0274 (ECDSA and SM2: r ‖ s, big-endian).
	 * @retval TSPDM_ERR_SIGNATURE  it does not verify, or has a wrong length
	 * @retval TSPDM_ERR_KEY        the key is not for `tbs->asym` */
	enum tspdm_status (*verify)(struct tspdm_crypto *crypto, const struct tspdm_public_key *key,
		const struct tspdm_to_be_signed *tbs, struct tspdm_view signature);

	/** Judges a certificate chain by the profile of DSP0274 and X.509.
	 * @retval TSPDM_ERR_CHAIN_*  the first check that failed; result->failed_at says where
	 * @retval TSPDM_ERR_KEY      the leaf's key is not for `check->asym` */
	enum tspdm_status (*check_chain)(
		struct tspdm_crypto *crypto, const struct tspdm_chain_check *check, struct tspdm_chain_result *result);

	/** Makes an ephemeral key pair and writes its public value, DSP0274 "ExchangeData" (no 0x04 prefix). */
	enum tspdm_status (*dhe_new)(
		struct tspdm_crypto *crypto, uint32_t dhe, struct tspdm_dhe_key **out, struct tspdm_buffer *public_value);
	/** Computes the shared secret in the form of DSP0274 "DHE secret".
	 * @retval TSPDM_ERR_KEY  the peer's value is not a valid element of the group */
	enum tspdm_status (*dhe_agree)(struct tspdm_crypto *crypto, struct tspdm_dhe_key *key,
		struct tspdm_view peer_value, struct tspdm_buffer *secret);
	/** Wipes and frees; NULL is allowed. */
	void (*dhe_free)(struct tspdm_crypto *crypto, struct tspdm_dhe_key *key);

	/** Makes a key context for one direction. May allocate; sealing and opening do not. */
	enum tspdm_status (*aead_new)(
		struct tspdm_crypto *crypto, uint32_t aead, bool is_seal, struct tspdm_view key, struct tspdm_aead_key **out);
	/** Encrypts `data` in place and writes the 16-byte tag. @param nonce  12 bytes, never twice under one key */
	enum tspdm_status (*aead_seal)(struct tspdm_crypto *crypto, struct tspdm_aead_key *key, const uint8_t *nonce,
		struct tspdm_view associated, uint8_t *data, size_t len, uint8_t *tag);
	/** Decrypts `data` in place. After a failure `data` holds nothing of the plaintext.
	 * @retval TSPDM_ERR_MAC  the tag is wrong */
	enum tspdm_status (*aead_open)(struct tspdm_crypto *crypto, struct tspdm_aead_key *key, const uint8_t *nonce,
		struct tspdm_view associated, uint8_t *data, size_t len, const uint8_t *tag);
	/** Wipes and frees; NULL is allowed. */
	void (*aead_free)(struct tspdm_crypto *crypto, struct tspdm_aead_key *key);
};

/** The head of every backend instance. */
struct tspdm_crypto {
	const struct tspdm_crypto_ops *ops;
};

#ifdef __cplusplus
}
#endif
#endif
