/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The certificate table of an extended report (GHCB, AMD 56421 "SNP Extended Guest Request"): entries of GUID, offset
 * and length, ended by a zero entry, then the contents. The host writes it, so nothing in it is trusted. */
#include <tspdm/sev_snp.h>

#include "base/cursor.h"
#include "internal.h"

enum { GUID_LEN = 16, ENTRY_LEN = 24 };

/* GUIDs in the order of their printed text, where in the result each belongs. */
static const struct kind {
	uint8_t guid[GUID_LEN];
	size_t field;
} kinds[] = {
	{ { 0x63, 0xda, 0x75, 0x8d, 0xe6, 0x64, 0x45, 0x64, 0xad, 0xc5, 0xf4, 0xb9, 0x3b, 0xe8, 0xac, 0xcd },
		offsetof(struct tspdm_snp_certificates, vcek) },
	{ { 0xa8, 0x07, 0x4b, 0xc2, 0xa2, 0x5a, 0x48, 0x3e, 0xaa, 0xe6, 0x39, 0xc0, 0x45, 0xa0, 0xb8, 0xa1 },
		offsetof(struct tspdm_snp_certificates, vlek) },
	{ { 0x4a, 0xb7, 0xb3, 0x79, 0xbb, 0xac, 0x4f, 0xe4, 0xa0, 0x2f, 0x05, 0xae, 0xf3, 0x27, 0xc7, 0x82 },
		offsetof(struct tspdm_snp_certificates, ask) },
	{ { 0xc0, 0xb4, 0x06, 0xa4, 0xa8, 0x03, 0x49, 0x52, 0x97, 0x43, 0x3f, 0xb6, 0x01, 0x4c, 0xd0, 0xae },
		offsetof(struct tspdm_snp_certificates, ark) },
	{ { 0x92, 0xf8, 0x1b, 0xc3, 0x58, 0x11, 0x4d, 0x3d, 0x97, 0xff, 0xd1, 0x9f, 0x88, 0xdc, 0x67, 0xea },
		offsetof(struct tspdm_snp_certificates, crl) },
};

enum { KIND_COUNT = sizeof kinds / sizeof kinds[0] };

static struct tspdm_view *field_of(struct tspdm_snp_certificates *certificates, const struct kind *kind)
{
	return (struct tspdm_view *)(void *)((uint8_t *)certificates + kind->field);
}

static const struct kind *kind_of(const uint8_t *guid)
{
	for (size_t i = 0; i < KIND_COUNT; i++)
		if (memcmp(kinds[i].guid, guid, GUID_LEN) == 0)
			return &kinds[i];
	return NULL;
}

/* The bytes that the entries take, the terminator with them; 0 if there is none. */
static size_t directory_len(struct tspdm_view table)
{
	struct reader r = reader_of(table);

	while (!r.failed) {
		struct tspdm_view entry = read_view(&r, ENTRY_LEN);

		if (!r.failed && tspdm_snp_is_zero(entry))
			return table.len - r.left;
	}
	return 0;
}

/* Unknown GUIDs are passed over, but also they must point inside. Of two entries of a kind the first counts. */
static enum tspdm_status read_entry(
	struct reader *r, struct tspdm_view table, size_t directory, struct tspdm_snp_certificates *out)
{
	const uint8_t *guid = read_bytes(r, GUID_LEN);
	uint64_t offset = read_u32(r);
	uint64_t len = read_u32(r);
	const struct kind *kind;

	if (r->failed || offset < directory || offset + len > table.len)
		return TSPDM_ERR_EVIDENCE_FORM;
	kind = kind_of(guid);
	if (kind != NULL && len != 0 && field_of(out, kind)->len == 0)
		*field_of(out, kind) = (struct tspdm_view){ table.ptr + offset, (size_t)len };
	return TSPDM_OK;
}

enum tspdm_status tspdm_snp_read_table(struct tspdm_view table, struct tspdm_snp_certificates *out)
{
	size_t directory = directory_len(table);
	struct reader r = reader_of(table);

	*out = (struct tspdm_snp_certificates){ 0 };
	if (table.len == 0)
		return TSPDM_OK;
	if (directory == 0)
		return TSPDM_ERR_EVIDENCE_FORM;
	while (table.len - r.left < directory - ENTRY_LEN) {
		enum tspdm_status status = read_entry(&r, table, directory, out);

		if (status != TSPDM_OK) {
			*out = (struct tspdm_snp_certificates){ 0 };
			return status;
		}
	}
	return TSPDM_OK;
}

enum tspdm_status tspdm_snp_write_table(struct tspdm_buffer *out, const struct tspdm_snp_certificates *certificates)
{
	struct tspdm_snp_certificates copy = *certificates;
	uint64_t offset = ENTRY_LEN;

	for (size_t i = 0; i < KIND_COUNT; i++)
		offset += field_of(&copy, &kinds[i])->len != 0 ? ENTRY_LEN : 0;
	for (size_t i = 0; i < KIND_COUNT; i++) {
		struct tspdm_view content = *field_of(&copy, &kinds[i]);

		if (content.len == 0)
			continue;
		if (content.len > UINT32_MAX - offset)
			return TSPDM_ERR_ARGUMENT;
		write_view(out, (struct tspdm_view){ kinds[i].guid, GUID_LEN });
		write_u32(out, (uint32_t)offset);
		write_u32(out, (uint32_t)content.len);
		offset += content.len;
	}
	write_zeros(out, ENTRY_LEN);
	for (size_t i = 0; i < KIND_COUNT; i++)
		write_view(out, *field_of(&copy, &kinds[i]));
	return write_end(out);
}
