/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The layout of quotes, versions 3 to 5, and of an enclave's REPORT. Judges form only. Intel SGX ECDSA quote library
 * reference "Quote format", Intel TDX DCAP quote formats "Quote version 4" and "Quote version 5". */
#include "base/cursor.h"
#include "internal.h"

enum { KEY_ECDSA_P256 = 2, KEY_ECDSA_P384 = 3, TEE_SGX = 0, TEE_TDX = 0x81 };

static const struct body {
	uint16_t type; /* in version 5 */
	enum tspdm_quote_body kind;
	uint32_t len;
	uint32_t tee_type;
	const char *name;
} bodies[] = {
	{ 1, TSPDM_QUOTE_BODY_SGX, TSPDM_SGX_REPORT_LEN, TEE_SGX, "sgx" },
	{ 2, TSPDM_QUOTE_BODY_TD10, 584, TEE_TDX, "td10" },
	{ 3, TSPDM_QUOTE_BODY_TD15, 648, TEE_TDX, "td15" },
};

bool tspdm_dcap_is_zero(struct tspdm_view view)
{
	for (size_t i = 0; i < view.len; i++)
		if (view.ptr[i] != 0)
			return false;
	return true;
}

const char *tspdm_quote_body_name(enum tspdm_quote_body body)
{
	for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++)
		if (bodies[i].kind == body)
			return bodies[i].name;
	return "none";
}

static void copy(struct reader *r, uint8_t *out, size_t len)
{
	const uint8_t *p = read_bytes(r, len);

	if (p != NULL)
		memcpy(out, p, len);
}

static void read_header(struct reader *r, struct tspdm_quote *out)
{
	out->version = read_u16(r);
	out->attestation_key_type = read_u16(r);
	out->tee_type = read_u32(r);
	copy(r, out->header_8_12, sizeof out->header_8_12);
	copy(r, out->qe_vendor_id, sizeof out->qe_vendor_id);
	copy(r, out->user_data, sizeof out->user_data);
}

static const struct body *body_of_type(uint16_t type)
{
	for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++)
		if (bodies[i].type == type)
			return &bodies[i];
	return NULL;
}

/* Version 5 tells kind and size; in the others they follow from the header. */
static const struct body *find_body(struct reader *r, const struct tspdm_quote *quote)
{
	const struct body *body;
	uint32_t len;

	if (quote->version == 3)
		return quote->tee_type == TEE_SGX ? body_of_type(1) : NULL;
	if (quote->version == 4)
		return body_of_type(quote->tee_type == TEE_TDX ? 2 : 1);
	if (quote->version != 5)
		return NULL;
	body = body_of_type(read_u16(r));
	len = read_u32(r);
	return body != NULL && body->len == len ? body : NULL;
}

static bool read_body(struct reader *r, struct tspdm_quote *out)
{
	const struct body *body = find_body(r, out);

	if (body == NULL || body->tee_type != out->tee_type)
		return false;
	out->body_kind = body->kind;
	out->body = read_view(r, body->len);
	return !r->failed;
}

/* From the QE report on: all of version 3, and what is inside certification data type 6. */
static void read_qe_part(struct reader *r, struct tspdm_quote *out)
{
	out->qe_report = read_view(r, TSPDM_SGX_REPORT_LEN);
	out->qe_report_signature = read_view(r, P256_SIGNATURE_LEN);
	out->qe_authentication = read_view(r, read_u16(r));
	out->certification_type = read_u16(r);
	out->certification = read_view(r, read_u32(r));
}

static bool read_signature_data(struct reader *r, struct tspdm_quote *out)
{
	struct reader inner;

	out->signature = read_view(r, P256_SIGNATURE_LEN);
	out->attestation_key = read_view(r, P256_POINT_LEN);
	if (out->version == 3) {
		read_qe_part(r, out);
		return read_end(r) == TSPDM_OK;
	}
	out->outer_certification_type = read_u16(r);
	inner = read_sub(r, read_u32(r));
	read_qe_part(&inner, out);
	return out->outer_certification_type == TSPDM_CERTIFICATION_QE_REPORT && read_end(&inner) == TSPDM_OK &&
	       read_end(r) == TSPDM_OK;
}

static bool is_known_certification(uint16_t type)
{
	return type >= TSPDM_CERTIFICATION_PPID && type <= TSPDM_CERTIFICATION_PCK_CHAIN;
}

static enum tspdm_status read_quote(struct tspdm_view bytes, struct tspdm_quote *out)
{
	struct reader r = reader_of(bytes);
	struct reader data;

	read_header(&r, out);
	if (!r.failed && out->attestation_key_type == KEY_ECDSA_P384)
		return TSPDM_ERR_UNSUPPORTED;
	if (r.failed || out->attestation_key_type != KEY_ECDSA_P256 || !read_body(&r, out))
		return TSPDM_ERR_EVIDENCE_FORM;
	out->signed_bytes = (struct tspdm_view){ bytes.ptr, bytes.len - r.left };
	out->signature_data_len = read_u32(&r);
	data = read_sub(&r, out->signature_data_len);
	if (!read_signature_data(&data, out) || !is_known_certification(out->certification_type))
		return TSPDM_ERR_EVIDENCE_FORM;
	return tspdm_dcap_is_zero(read_view(&r, r.left)) ? TSPDM_OK : TSPDM_ERR_EVIDENCE_FORM;
}

enum tspdm_status tspdm_read_quote(struct tspdm_view bytes, struct tspdm_quote *out)
{
	enum tspdm_status status;

	*out = (struct tspdm_quote){ 0 };
	status = read_quote(bytes, out);
	if (status != TSPDM_OK) /* nobody shall use half a quote */
		*out = (struct tspdm_quote){ 0 };
	return status;
}

enum tspdm_status tspdm_read_sgx_report(struct tspdm_view bytes, struct tspdm_sgx_report *out)
{
	struct reader r = reader_of(bytes);

	*out = (struct tspdm_sgx_report){ 0 };
	if (bytes.len != TSPDM_SGX_REPORT_LEN)
		return TSPDM_ERR_EVIDENCE_FORM;
	copy(&r, out->cpu_svn, sizeof out->cpu_svn);
	out->misc_select = read_u32(&r);
	read_bytes(&r, 12);
	copy(&r, out->isv_ext_prod_id, sizeof out->isv_ext_prod_id);
	copy(&r, out->attributes, sizeof out->attributes);
	copy(&r, out->mr_enclave, sizeof out->mr_enclave);
	read_bytes(&r, 32);
	copy(&r, out->mr_signer, sizeof out->mr_signer);
	read_bytes(&r, 32);
	copy(&r, out->config_id, sizeof out->config_id);
	out->isv_prod_id = read_u16(&r);
	out->isv_svn = read_u16(&r);
	out->config_svn = read_u16(&r);
	read_bytes(&r, 42);
	copy(&r, out->isv_family_id, sizeof out->isv_family_id);
	copy(&r, out->report_data, sizeof out->report_data);
	return read_end(&r) == TSPDM_OK ? TSPDM_OK : TSPDM_ERR_EVIDENCE_FORM;
}
