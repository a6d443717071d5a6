/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Reading and presenting certificate-chain structures. */
#include "base/cursor.h"
#include "core/chain.h"

enum { HEADER_LEN = 4 };

enum tspdm_status tspdm_chain_read(
	struct tspdm_view structure, uint8_t version, size_t hash_len, struct chain_parts *out)
{
	struct reader r = reader_of(structure);
	uint32_t length;

	if (version >= TSPDM_V14) {
		length = read_u32(&r);
	} else {
		length = read_u16(&r);
		read_u16(&r); /* Reserved */
	}
	out->root_hash = read_view(&r, hash_len);
	if (r.failed || length != structure.len || r.left == 0)
		return TSPDM_ERR_CHAIN_FORM;
	out->certificates = read_view(&r, r.left);
	return TSPDM_OK;
}

/* The first DER element: tag 0x30 and its length, DER as X.690 8.1.3 has it, up to three length bytes. */
enum tspdm_status tspdm_chain_first(struct tspdm_view certificates, struct tspdm_view *first)
{
	struct reader r = reader_of(certificates);
	uint8_t tag = read_u8(&r);
	uint8_t short_len = read_u8(&r);
	uint32_t len = short_len;
	size_t header;

	if (short_len >= 0x80) {
		if (short_len < 0x81 || short_len > 0x83)
			return TSPDM_ERR_CHAIN_FORM;
		len = 0;
		for (unsigned i = short_len & 0x7FU; i > 0; i--)
			len = len << 8 | read_u8(&r);
	}
	header = certificates.len - r.left;
	if (tag != 0x30 || read_bytes(&r, len) == NULL)
		return TSPDM_ERR_CHAIN_FORM;
	*first = (struct tspdm_view){ certificates.ptr, header + len };
	return TSPDM_OK;
}

enum tspdm_status tspdm_digest(
	struct tspdm_crypto *crypto, struct tspdm_hash *hash, struct tspdm_view data, uint8_t *digest)
{
	TSPDM_TRY(crypto->ops->hash_reset(crypto, hash));
	TSPDM_TRY(crypto->ops->hash_update(crypto, hash, data));
	return crypto->ops->hash_final(crypto, hash, digest);
}

enum tspdm_status tspdm_chain_image(struct chain_image *image, struct tspdm_crypto *crypto, struct tspdm_hash *hash,
	size_t hash_len, uint8_t version, const struct tspdm_slot *slot)
{
	struct tspdm_view root = slot->root;
	uint64_t total = (uint64_t)HEADER_LEN + hash_len + slot->certificates.len;
	struct tspdm_buffer head = { image->head, sizeof image->head, 0 };

	if (slot->certificates.len == 0)
		return TSPDM_ERR_SLOT;
	/* before 1.4 Length is a u16 and a reserved u16, which for such lengths are the same four bytes as a u32 */
	if (total > (version >= TSPDM_V14 ? UINT32_MAX : TSPDM_CHAIN_MAX))
		return TSPDM_ERR_CHAIN_FORM;
	if (root.len == 0)
		TSPDM_TRY(tspdm_chain_first(slot->certificates, &root));
	image->len = (uint32_t)total;
	image->head_len = (uint8_t)(HEADER_LEN + hash_len);
	image->certificates = slot->certificates;
	write_u32(&head, image->len);
	return tspdm_digest(crypto, hash, root, image->head + HEADER_LEN);
}

void tspdm_chain_copy(const struct chain_image *image, uint32_t offset, uint32_t len, uint8_t *out)
{
	uint32_t from_head = 0;

	if (offset < image->head_len) {
		from_head = image->head_len - offset;
		if (from_head > len)
			from_head = len;
		memcpy(out, image->head + offset, from_head);
	}
	if (len > from_head)
		memcpy(out + from_head, image->certificates.ptr + (offset + from_head - image->head_len),
			len - from_head);
}

enum tspdm_status tspdm_chain_digest(
	const struct chain_image *image, struct tspdm_crypto *crypto, struct tspdm_hash *hash, uint8_t *digest)
{
	struct tspdm_view head = { image->head, image->head_len };

	TSPDM_TRY(crypto->ops->hash_reset(crypto, hash));
	TSPDM_TRY(crypto->ops->hash_update(crypto, hash, head));
	TSPDM_TRY(crypto->ops->hash_update(crypto, hash, image->certificates));
	return crypto->ops->hash_final(crypto, hash, digest);
}
