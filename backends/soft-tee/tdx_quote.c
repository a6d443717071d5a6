/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The software TEE's quotes: version 4 with a TD 1.0 body, version 5 with a TD 1.5 body. Intel "TDX DCAP Quoting Library
 * API", appendix "Quote Format". */
#include <openssl/core_names.h>
#include <stdlib.h>

#include "base/cursor.h"
#include "soft_tee.h"

enum {
	HEADER_LEN = 48,
	BODY_HEAD_LEN = 6, /* of version 5: type and size of the body */
	TD10_LEN = 584,
	TD15_LEN = 648,
	TD15_TYPE = 3,
	MRTD_AT = 136, /* in the body */
	QE_REPORT_LEN = 384,
	QE_DATA_LEN = 32,
	P256_LEN = 64, /* of a signature, and of a point */
	/* Behind the signed bytes and the length of what follows; the PCK chain is not in it. */
	SIGNATURE_DATA_LEN = P256_LEN + P256_LEN + 6 + QE_REPORT_LEN + P256_LEN + 2 + QE_DATA_LEN + 6,
};

static bool is_version_5(const struct tspdm_soft_machine *machine)
{
	return machine->config.report_version == 5;
}

static size_t body_at(const struct tspdm_soft_machine *machine)
{
	return is_version_5(machine) ? HEADER_LEN + BODY_HEAD_LEN : HEADER_LEN;
}

/* What the attestation key signs: header and body. */
static size_t signed_len(const struct tspdm_soft_machine *machine)
{
	return body_at(machine) + (is_version_5(machine) ? TD15_LEN : TD10_LEN);
}

static size_t quote_len(const struct tspdm_soft_machine *machine)
{
	return signed_len(machine) + 4 + SIGNATURE_DATA_LEN + machine->bundle_len;
}

static void write_array(struct tspdm_buffer *w, const void *bytes, size_t len)
{
	write_view(w, (struct tspdm_view){ bytes, len });
}

static void write_header(struct tspdm_buffer *w, const struct tspdm_soft_machine *machine)
{
	static const uint8_t intel[16] = { 0x93, 0x9A, 0x72, 0x33, 0xF7, 0x9C, 0x4C, 0xA9, 0x94, 0x0A, 0x0D, 0xB3, 0x95,
		0x7F, 0x06, 0x07 };

	write_u16(w, (uint16_t)machine->config.report_version);
	write_u16(w, 2);    /* ECDSA P-256 */
	write_u32(w, 0x81); /* TDX */
	write_u32(w, 0);
	write_array(w, intel, sizeof intel);
	write_array(w, "not hardware\0\0\0\0\0\0\0", 20); /* user data */
	if (!is_version_5(machine))
		return;
	write_u16(w, TD15_TYPE);
	write_u32(w, TD15_LEN);
}

static void write_attributes(struct tspdm_buffer *w, const struct tspdm_soft_machine *machine)
{
	const uint32_t debug = 1, sept_ve_disable = 1U << 28, migratable = 1U << 29;

	write_u32(w, sept_ve_disable | (tspdm_soft_has(machine, TSPDM_SOFT_DEBUG) ? debug : 0) |
			     (tspdm_soft_has(machine, TSPDM_SOFT_MIGRATION) ? migratable : 0));
	write_u32(w, 0);
}

static enum tspdm_status write_registers(struct tspdm_buffer *w)
{
	uint8_t value[48];

	for (uint64_t i = 0; i < 3; i++) {
		TSPDM_TRY(tspdm_soft_bytes("tspdm software TEE: RTMR", i, value, sizeof value));
		write_array(w, value, sizeof value);
	}
	write_zeros(w, 48); /* RTMR3 is the application's, who did not extend it */
	return TSPDM_OK;
}

static enum tspdm_status write_body(
	struct tspdm_buffer *w, const struct tspdm_soft_machine *machine, const uint8_t *report_data)
{
	static const uint8_t tee_tcb_svn[16] = { 5, 1, 2 };
	uint8_t module[48];

	TSPDM_TRY(tspdm_soft_bytes("tspdm software TEE: TDX module", 0, module, sizeof module));
	write_array(w, tee_tcb_svn, sizeof tee_tcb_svn);
	write_array(w, module, sizeof module);
	write_zeros(w, 48 + 8); /* MRSIGNERSEAM, SEAMATTRIBUTES */
	write_attributes(w, machine);
	write_u32(w, 0xE7); /* XFAM */
	write_u32(w, 0);
	write_array(w, machine->config.measurement, sizeof machine->config.measurement);
	write_array(w, machine->config.host_data, sizeof machine->config.host_data); /* MRCONFIGID, 48 bytes */
	write_zeros(w, 16);
	write_zeros(w, 48 + 48); /* MROWNER, MROWNERCONFIG */
	TSPDM_TRY(write_registers(w));
	write_array(w, report_data, TSPDM_REPORT_DATA_LEN);
	if (is_version_5(machine)) {
		write_array(w, tee_tcb_svn, sizeof tee_tcb_svn); /* TEE_TCB_SVN_2: the module was not updated since */
		write_zeros(w, 48);                              /* MRSERVICETD: none is bound */
	}
	return TSPDM_OK;
}

/* x ‖ y of the attestation key. */
static enum tspdm_status attestation_point(const struct tspdm_soft_machine *machine, uint8_t *point)
{
	uint8_t encoded[1 + P256_LEN];
	size_t len = 0;

	if (EVP_PKEY_get_octet_string_param(
		    machine->attestation, OSSL_PKEY_PARAM_PUB_KEY, encoded, sizeof encoded, &len) != 1 ||
		len != sizeof encoded || encoded[0] != 4)
		return TSPDM_ERR_CRYPTO;
	memcpy(point, encoded + 1, P256_LEN);
	return TSPDM_OK;
}

const uint8_t tspdm_soft_td_qe_signer[32] = { 0xDC, 0x9E, 0x2A, 0x7C, 0x6F, 0x94, 0x8F, 0x17, 0x47, 0x4E, 0x34, 0xA7,
	0xFC, 0x43, 0xED, 0x03, 0x0F, 0x7C, 0x15, 0x63, 0xF1, 0xBA, 0xBD, 0xDF, 0x63, 0x40, 0xC8, 0x2E, 0x0E, 0x54,
	0xA8, 0xC5 };

/* The quoting enclave's own report: its report data commits to the attestation key. */
static enum tspdm_status write_qe_report(struct tspdm_buffer *w, const uint8_t *point, const uint8_t *qe_data)
{
	uint8_t committed[P256_LEN + QE_DATA_LEN], digest[32], enclave[32];

	memcpy(committed, point, P256_LEN);
	memcpy(committed + P256_LEN, qe_data, QE_DATA_LEN);
	TSPDM_TRY(tspdm_soft_bytes("tspdm software TEE: quoting enclave", 0, enclave, sizeof enclave));
	if (EVP_Digest(committed, sizeof committed, digest, NULL, EVP_sha256(), NULL) != 1)
		return TSPDM_ERR_CRYPTO;
	write_array(w, tspdm_soft_cpu_svn, sizeof tspdm_soft_cpu_svn);
	write_zeros(w, 4 + 12 + 16); /* MISCSELECT, reserved, ISVEXTPRODID */
	write_u32(w, 0x15);          /* ATTRIBUTES: INIT, MODE64BIT, PROVISIONKEY */
	write_u32(w, 0);
	write_u32(w, 0xE7); /* XFRM */
	write_u32(w, 0);
	write_array(w, enclave, sizeof enclave);
	write_zeros(w, 32);
	write_array(w, tspdm_soft_td_qe_signer, sizeof tspdm_soft_td_qe_signer);
	write_zeros(w, 32 + 64); /* reserved, CONFIGID */
	write_u16(w, 2);         /* ISVPRODID */
	write_u16(w, 4);         /* ISVSVN */
	write_zeros(w, 2 + 42 + 16);
	write_array(w, digest, sizeof digest);
	write_zeros(w, 32);
	return TSPDM_OK;
}

static enum tspdm_status write_signature(struct tspdm_buffer *w, EVP_PKEY *key, const uint8_t *bytes, size_t len)
{
	uint8_t rs[P256_LEN];

	TSPDM_TRY(tspdm_soft_sign(key, EVP_sha256(), (struct tspdm_view){ bytes, len }, rs, sizeof rs));
	write_array(w, rs, sizeof rs);
	return TSPDM_OK;
}

/* Certification data of type 6: what certifies the attestation key, and inside it type 5, what certifies that. */
static enum tspdm_status write_certification(
	struct tspdm_buffer *w, const struct tspdm_soft_machine *machine, const uint8_t *point)
{
	uint8_t qe_data[QE_DATA_LEN];
	uint32_t inner_len = (uint32_t)machine->bundle_len;
	size_t report_at;

	for (unsigned i = 0; i < QE_DATA_LEN; i++)
		qe_data[i] = (uint8_t)i;
	write_u16(w, 6);
	write_u32(w, QE_REPORT_LEN + P256_LEN + 2 + QE_DATA_LEN + 6 + inner_len);
	report_at = w->len;
	TSPDM_TRY(write_qe_report(w, point, qe_data));
	TSPDM_TRY(write_signature(w, machine->endorsement.key, w->ptr + report_at, QE_REPORT_LEN));
	write_u16(w, QE_DATA_LEN);
	write_array(w, qe_data, sizeof qe_data);
	write_u16(w, 5);
	write_u32(w, inner_len);
	write_array(w, machine->bundle, machine->bundle_len);
	return TSPDM_OK;
}

/* Not inlined: gcc 12 would take the cursor's saturated length for an offset into the caller's allocation, and warn. */
__attribute__((noinline)) static enum tspdm_status write_quote(
	struct tspdm_buffer *w, const struct tspdm_soft_machine *machine, const uint8_t *report_data)
{
	uint8_t point[P256_LEN];

	TSPDM_TRY(attestation_point(machine, point));
	write_header(w, machine);
	TSPDM_TRY(write_body(w, machine, report_data));
	write_u32(w, (uint32_t)(SIGNATURE_DATA_LEN + machine->bundle_len));
	TSPDM_TRY(write_signature(w, machine->attestation, w->ptr, signed_len(machine)));
	write_array(w, point, sizeof point);
	TSPDM_TRY(write_certification(w, machine, point));
	return w->len == w->cap ? TSPDM_OK : TSPDM_ERR_CRYPTO;
}

enum tspdm_status tspdm_soft_tdx_evidence(
	struct tspdm_soft_machine *machine, const uint8_t *report_data, uint8_t **bytes, struct tspdm_evidence *out)
{
	struct tspdm_buffer w = { .cap = quote_len(machine) };
	enum tspdm_status status;

	w.ptr = malloc(w.cap);
	if (w.ptr == NULL)
		return TSPDM_ERR_MEMORY;
	status = write_quote(&w, machine, report_data);
	if (status != TSPDM_OK) {
		free(w.ptr);
		return status;
	}
	if (tspdm_soft_has(machine, TSPDM_SOFT_FLIP_REPORT))
		w.ptr[body_at(machine) + MRTD_AT] ^= 1;
	if (tspdm_soft_has(machine, TSPDM_SOFT_FLIP_SIGNATURE))
		w.ptr[signed_len(machine) + 4] ^= 1;
	*bytes = w.ptr;
	*out = (struct tspdm_evidence){ .tee = TSPDM_TEE_TDX, .report = { w.ptr, w.len } };
	return TSPDM_OK;
}
