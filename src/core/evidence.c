/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The raw form of TEE evidence: recognising and splitting it, and writing it. Judges form only. */
#include <tspdm/evidence.h>

#include "base/cursor.h"

enum {
	SNP_REPORT_LEN = 1184, /* AMD 56860 "ATTESTATION_REPORT" */
	SNP_SIGNATURE_ALGO_AT = 0x34,
	SNP_ECDSA_P384 = 1,
	QUOTE_HEADER_LEN = 48,
	QUOTE_ECDSA_P256 = 2,
	QUOTE_ECDSA_P384 = 3,
	QUOTE_TEE_SGX = 0,
	QUOTE_TEE_TDX = 0x81,
	SGX_BODY_LEN = 384,
	TD_BODY_LEN = 584,
};

/* Quote version 5: the kinds of body that follow the header, with their only sizes. */
static const struct quote_body {
	uint16_t type;
	uint32_t len;
	enum tspdm_tee tee;
} quote_bodies[] = {
	{ 1, SGX_BODY_LEN, TSPDM_TEE_SGX },
	{ 2, TD_BODY_LEN, TSPDM_TEE_TDX },
	{ 3, 648, TSPDM_TEE_TDX },
};

const char *tspdm_tee_name(enum tspdm_tee tee)
{
	switch (tee) {
	case TSPDM_TEE_SEV_SNP:
		return "sev-snp";
	case TSPDM_TEE_TDX:
		return "tdx";
	case TSPDM_TEE_SGX:
		return "sgx";
	case TSPDM_TEE_DEVICE:
		return "device";
	case TSPDM_TEE_NONE:
		break;
	}
	return "none";
}

enum tspdm_status tspdm_write_evidence(struct tspdm_buffer *out, const struct tspdm_evidence *evidence)
{
	bool is_snp = evidence->tee == TSPDM_TEE_SEV_SNP;

	if (!is_snp && evidence->tee != TSPDM_TEE_TDX && evidence->tee != TSPDM_TEE_SGX)
		return TSPDM_ERR_ARGUMENT;
	if (is_snp ? evidence->report.len != SNP_REPORT_LEN : evidence->report.len <= QUOTE_HEADER_LEN)
		return TSPDM_ERR_EVIDENCE_FORM;
	if (!is_snp && evidence->certificates.len != 0) /* a quote brings its certificates itself */
		return TSPDM_ERR_ARGUMENT;
	write_view(out, evidence->report);
	write_view(out, evidence->certificates);
	return write_end(out);
}

/* The report's first byte pairs look like a quote's header, but where a quote has its key type (2 or 3), a report has
 * the upper half of VERSION: zero. So at most one of the two readers takes the bytes. */
static bool read_snp(struct tspdm_view raw, struct tspdm_evidence *out)
{
	struct reader r = reader_of(raw);
	struct tspdm_view report = read_view(&r, SNP_REPORT_LEN);
	struct reader field = reader_of(report);
	uint32_t version = read_u32(&field);
	uint32_t algorithm;

	read_bytes(&field, SNP_SIGNATURE_ALGO_AT - 4);
	algorithm = read_u32(&field);
	if (r.failed || field.failed || version < 2 || version > UINT16_MAX || algorithm != SNP_ECDSA_P384)
		return false;
	*out = (struct tspdm_evidence){ TSPDM_TEE_SEV_SNP, report, read_view(&r, r.left) };
	return true;
}

static enum tspdm_tee quote_body_5(struct reader *r)
{
	uint16_t type = read_u16(r);
	uint32_t len = read_u32(r);

	for (size_t i = 0; i < sizeof quote_bodies / sizeof quote_bodies[0]; i++) {
		if (quote_bodies[i].type != type || quote_bodies[i].len != len)
			continue;
		read_bytes(r, len);
		return quote_bodies[i].tee;
	}
	return TSPDM_TEE_NONE;
}

/* Reads header and body up to the signature data's length. SGX: version 3, and the TEE type 0 of versions 4 and 5. */
static enum tspdm_tee quote_head(struct reader *r)
{
	uint16_t version = read_u16(r);
	uint16_t key_type = read_u16(r);
	uint32_t tee_type = read_u32(r);
	enum tspdm_tee tee = tee_type == QUOTE_TEE_TDX ? TSPDM_TEE_TDX : TSPDM_TEE_SGX;

	read_bytes(r, QUOTE_HEADER_LEN - 8);
	if (key_type != QUOTE_ECDSA_P256 && key_type != QUOTE_ECDSA_P384)
		return TSPDM_TEE_NONE;
	if (tee_type != QUOTE_TEE_SGX && (tee_type != QUOTE_TEE_TDX || version == 3))
		return TSPDM_TEE_NONE;
	if (version == 5)
		return quote_body_5(r) == tee ? tee : TSPDM_TEE_NONE;
	if (version != 3 && version != 4)
		return TSPDM_TEE_NONE;
	read_bytes(r, tee == TSPDM_TEE_TDX ? TD_BODY_LEN : SGX_BODY_LEN);
	return tee;
}

static bool is_zero(struct tspdm_view view)
{
	for (size_t i = 0; i < view.len; i++)
		if (view.ptr[i] != 0)
			return false;
	return true;
}

/* The quote's end is told by its structure; drivers hand out buffers of a fixed size with zeros behind it. */
static bool read_quote(struct tspdm_view raw, struct tspdm_evidence *out)
{
	struct reader r = reader_of(raw);
	enum tspdm_tee tee = quote_head(&r);
	uint32_t signature_len = read_u32(&r);
	size_t used;

	read_bytes(&r, signature_len);
	if (tee == TSPDM_TEE_NONE || r.failed || signature_len == 0)
		return false;
	used = raw.len - r.left;
	if (!is_zero(read_view(&r, r.left)))
		return false;
	*out = (struct tspdm_evidence){ .tee = tee, .report = { raw.ptr, used } };
	return true;
}

enum tspdm_status tspdm_read_evidence(struct tspdm_view raw, struct tspdm_evidence *out)
{
	*out = (struct tspdm_evidence){ .tee = TSPDM_TEE_NONE };
	if (read_snp(raw, out) || read_quote(raw, out))
		return TSPDM_OK;
	return TSPDM_ERR_EVIDENCE_FORM;
}
