/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * QE identity, version 2: which enclaves are Intel's quoting enclaves. Intel PCS API version 4 "Get quoting enclave
 * identity". */
#include <string.h>

#include "fields.h"

enum { QE_IDENTITY_VERSION = 2 };

static void read_identity(struct dcap_fields *fields, const json_t *object, bool is_tdx, struct dcap_qe_identity *out)
{
	if (strcmp(tspdm_dcap_field_text(fields, object, "id"), is_tdx ? "TD_QE" : "QE") != 0)
		tspdm_dcap_wrong(fields, "id");
	if (tspdm_dcap_field_number(fields, object, "version", UINT8_MAX) != QE_IDENTITY_VERSION)
		tspdm_dcap_wrong(fields, "version");
	tspdm_dcap_field_validity(fields, object, &out->validity);
	tspdm_dcap_field_hex(fields, object, "miscselect", out->misc_select, sizeof out->misc_select);
	tspdm_dcap_field_hex(fields, object, "miscselectMask", out->misc_select_mask, sizeof out->misc_select_mask);
	tspdm_dcap_field_hex(fields, object, "attributes", out->attributes, sizeof out->attributes);
	tspdm_dcap_field_hex(fields, object, "attributesMask", out->attributes_mask, sizeof out->attributes_mask);
	tspdm_dcap_field_hex(fields, object, "mrsigner", out->mr_signer, sizeof out->mr_signer);
	out->isv_prod_id = (uint16_t)tspdm_dcap_field_number(fields, object, "isvprodid", UINT16_MAX);
	tspdm_dcap_field_isv_levels(fields, object, &out->levels);
}

bool tspdm_dcap_read_qe_identity(struct tspdm_view text, bool is_tdx, struct dcap_qe_identity *out, const char **why)
{
	struct dcap_fields fields = { .wrong = NULL };
	json_t *object = tspdm_dcap_parse_json(text);

	memset(out, 0, sizeof *out);
	if (object == NULL)
		tspdm_dcap_wrong(&fields, "enclaveIdentity");
	else
		read_identity(&fields, object, is_tdx, out);
	json_decref(object);
	*why = fields.wrong;
	return fields.wrong == NULL;
}

/* Intel's signer of each quoting enclave, and the attributes without DEBUG: since the PCE certifies any enclave that may
 * use the provisioning key, a quote is worth nothing without this. */
void tspdm_dcap_builtin_qe(bool is_tdx, struct dcap_qe_identity *out)
{
	static const uint8_t attributes[16] = { TSPDM_SGX_INIT | TSPDM_SGX_PROVISIONKEY };
	static const uint8_t attributes_mask[16] = { 0xFB, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF };
	static const uint8_t td_qe_signer[32] = { 0xdc, 0x9e, 0x2a, 0x7c, 0x6f, 0x94, 0x8f, 0x17, 0x47, 0x4e, 0x34,
		0xa7, 0xfc, 0x43, 0xed, 0x03, 0x0f, 0x7c, 0x15, 0x63, 0xf1, 0xba, 0xbd, 0xdf, 0x63, 0x40, 0xc8, 0x2e,
		0x0e, 0x54, 0xa8, 0xc5 };
	static const uint8_t qe_signer[32] = { 0x8c, 0x4f, 0x57, 0x75, 0xd7, 0x96, 0x50, 0x3e, 0x96, 0x13, 0x7f, 0x77,
		0xc6, 0x8a, 0x82, 0x9a, 0x00, 0x56, 0xac, 0x8d, 0xed, 0x70, 0x14, 0x0b, 0x08, 0x1b, 0x09, 0x44, 0x90,
		0xc5, 0x7b, 0xff };

	memset(out, 0, sizeof *out);
	memset(out->misc_select_mask, 0xFF, sizeof out->misc_select_mask);
	memcpy(out->attributes, attributes, sizeof attributes);
	memcpy(out->attributes_mask, attributes_mask, sizeof attributes_mask);
	memcpy(out->mr_signer, is_tdx ? td_qe_signer : qe_signer, sizeof out->mr_signer);
	out->isv_prod_id = is_tdx ? 2 : 1;
}

static bool is_masked_equal(const uint8_t *value, const uint8_t *mask, const uint8_t *wanted, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((value[i] & mask[i]) != (wanted[i] & mask[i]))
			return false;
	return true;
}

const char *tspdm_dcap_qe_difference(const struct dcap_qe_identity *identity, const struct tspdm_sgx_report *qe)
{
	uint8_t misc[4];

	for (unsigned i = 0; i < sizeof misc; i++)
		misc[i] = (uint8_t)(qe->misc_select >> 8 * i);
	if (memcmp(qe->mr_signer, identity->mr_signer, sizeof qe->mr_signer) != 0)
		return "MRSIGNER";
	if (qe->isv_prod_id != identity->isv_prod_id)
		return "ISVPRODID";
	if (!is_masked_equal(misc, identity->misc_select_mask, identity->misc_select, sizeof misc))
		return "MISCSELECT";
	if (!is_masked_equal(qe->attributes, identity->attributes_mask, identity->attributes, sizeof qe->attributes))
		return "ATTRIBUTES";
	return NULL;
}
