/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * AMD's certificate extensions, all below 1.3.6.1.4.1.3704.1: AMD 57230 "VCEK certificate", 58369 (VLEK). */
#include <ctype.h>
#include <string.h>

#include "base/cursor.h"
#include "internal.h"

#define AMD_ARC "1.3.6.1.4.1.3704.1."

enum { DER_INTEGER = 2, DER_OCTET_STRING = 4, DER_IA5STRING = 22 };

/* An INTEGER of 0 to 255 in DER: two bytes from 128 on. */
static bool read_spl(struct tspdm_view value, uint8_t *out)
{
	struct reader r = reader_of(value);
	uint8_t tag = read_u8(&r);
	uint8_t len = read_u8(&r);
	uint8_t high = len == 2 ? read_u8(&r) : 0;

	*out = read_u8(&r);
	if (read_end(&r) != TSPDM_OK || tag != DER_INTEGER || high != 0)
		return false;
	return len == 2 ? *out >= 0x80 : len == 1 && *out < 0x80;
}

static bool read_text(struct tspdm_view value, char *out, size_t cap)
{
	struct reader r = reader_of(value);
	uint8_t tag = read_u8(&r);
	uint8_t len = read_u8(&r);
	struct tspdm_view text = read_view(&r, len);

	if (read_end(&r) != TSPDM_OK || tag != DER_IA5STRING || len >= 0x80 || len >= cap || len == 0)
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (!isprint(text.ptr[i]))
			return false;
	memcpy(out, text.ptr, text.len);
	out[text.len] = '\0';
	return true;
}

/* HWID comes as bare bytes; as an OCTET STRING it would be proper DER. The lengths keep the two apart. */
static bool read_hwid(struct tspdm_view value, struct snp_extensions *out)
{
	size_t bare = value.len;

	if (value.len == SNP_HWID_LEN + 2 || value.len == SNP_HWID_SHORT + 2) {
		bare = value.len - 2;
		if (value.ptr[0] != DER_OCTET_STRING || value.ptr[1] != bare)
			return false;
	}
	if (bare != SNP_HWID_LEN && bare != SNP_HWID_SHORT)
		return false;
	memcpy(out->hwid, value.ptr + (value.len - bare), bare);
	out->hwid_len = bare;
	out->has_hwid = true;
	return true;
}

/* @param arc  what follows AMD_ARC. Unknown ones are passed over. */
static bool read_extension(const char *arc, struct tspdm_view value, struct snp_extensions *out)
{
	if (strcmp(arc, "1") == 0)
		return out->has_version = read_spl(value, &out->version);
	if (strcmp(arc, "2") == 0)
		return out->has_product = read_text(value, out->product, sizeof out->product);
	if (strcmp(arc, "4") == 0)
		return read_hwid(value, out);
	if (strcmp(arc, "5") == 0)
		return out->has_csp_id = read_text(value, out->csp_id, sizeof out->csp_id);
	if (strncmp(arc, "3.", 2) == 0 && arc[2] >= '1' && arc[2] <= '9' && arc[3] == '\0') {
		size_t i = (size_t)(arc[2] - '0');

		return out->has_spl[i] = read_spl(value, &out->spl[i]);
	}
	return true;
}

static bool is_repeated(const X509 *certificate, const ASN1_OBJECT *oid, int at)
{
	return X509_get_ext_by_OBJ(certificate, oid, at) >= 0;
}

enum tspdm_status tspdm_snp_read_extensions(const X509 *certificate, struct snp_extensions *out, const char **why)
{
	int count = X509_get_ext_count(certificate);

	*out = (struct snp_extensions){ 0 };
	for (int i = 0; i < count; i++) {
		X509_EXTENSION *extension = X509_get_ext(certificate, i);
		const ASN1_OBJECT *oid = X509_EXTENSION_get_object(extension);
		const ASN1_OCTET_STRING *data = X509_EXTENSION_get_data(extension);
		struct tspdm_view value = { ASN1_STRING_get0_data(data), (size_t)ASN1_STRING_length(data) };
		char text[64];

		if (OBJ_obj2txt(text, sizeof text, oid, 1) < 0 || strncmp(text, AMD_ARC, strlen(AMD_ARC)) != 0)
			continue;
		*why = "one of AMD's extensions stands twice";
		if (is_repeated(certificate, oid, i))
			return TSPDM_ERR_EVIDENCE_CHAIN;
		*why = "one of AMD's extensions is malformed";
		if (!read_extension(text + strlen(AMD_ARC), value, out))
			return TSPDM_ERR_EVIDENCE_CHAIN;
	}
	*why = NULL;
	return TSPDM_OK;
}
