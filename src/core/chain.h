/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The certificate-chain structure: header, RootHash, certificates (DSP0274 "Certificates and certificate chains"). */
#ifndef TSPDM_CORE_CHAIN_H
#define TSPDM_CORE_CHAIN_H

#include <tspdm/crypto.h>
#include <tspdm/device.h>

/* The structure taken apart; views of it. */
struct chain_parts {
	struct tspdm_view root_hash;
	struct tspdm_view certificates;
};

/* TSPDM_ERR_CHAIN_FORM where Length is not that of the structure, or there is no certificate. */
enum tspdm_status tspdm_chain_read(
	struct tspdm_view structure, uint8_t version, size_t hash_len, struct chain_parts *out);

/* The first of several DER certificates. TSPDM_ERR_CHAIN_FORM where it cannot be told from the rest. */
enum tspdm_status tspdm_chain_first(struct tspdm_view certificates, struct tspdm_view *first);

/* A slot's structure as it would be, without a copy of its certificates: 4 bytes, RootHash, then the certificates. */
struct chain_image {
	uint8_t head[4 + TSPDM_HASH_MAX];
	uint8_t head_len;
	struct tspdm_view certificates;
	uint32_t len; /* of the whole */
};

/* Makes the image of a slot. TSPDM_ERR_SLOT for an empty slot, TSPDM_ERR_CHAIN_FORM where its first certificate cannot
 * be told from the rest, or the whole is too long for the version. `hash` has the connection's base hash. */
enum tspdm_status tspdm_chain_image(struct chain_image *image, struct tspdm_crypto *crypto, struct tspdm_hash *hash,
	size_t hash_len, uint8_t version, const struct tspdm_slot *slot);

/* Copies bytes of the image; [offset, offset + len) must lie inside. */
void tspdm_chain_copy(const struct chain_image *image, uint32_t offset, uint32_t len, uint8_t *out);

/* The digest of the whole structure, as in DIGESTS and CertChainHash. */
enum tspdm_status tspdm_chain_digest(
	const struct chain_image *image, struct tspdm_crypto *crypto, struct tspdm_hash *hash, uint8_t *digest);

/* One digest with a hash that is reset first. */
enum tspdm_status tspdm_digest(
	struct tspdm_crypto *crypto, struct tspdm_hash *hash, struct tspdm_view data, uint8_t *digest);

#endif
