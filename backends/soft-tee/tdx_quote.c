/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The software TEE's quotes: TDX version 4 with a TD 1.0 body, version 5 with a TD 1.5 body, and SGX version 3. Intel "TDX
 * DCAP Quoting Library API", appendix "Quote Format"; "SGX ECDSA Quote Generation Library", appendix "Quote Format". */
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
	MRENCLAVE_AT = 64,
	QE_REPORT_LEN = 384,
	QE_DATA_LEN = 32,
	P256_LEN = 64,              /* of a signature, and of a point */
	CERTIFICATION_HEAD_LEN = 6, /* type and length */
	/* Behind the signed bytes and the length of what follows; the PCK chain is not in it, nor the outer head. */
	SIGNATURE_DATA_LEN = P256_LEN + P256_LEN + QE_REPORT_LEN + P256_LEN + 2 + QE_DATA_LEN + CERTIFICATION_HEAD_LEN,
};

static bool is_version_5(const struct tspdm_soft_machine *machine)
{
	return machine->config.report_version == 5;
}

static bool is_sgx(const struct tspdm_soft_machine *machine)
{
	return machine->config.kind == TSPDM_TEE_SGX;
}

static size_t body_at(const struct tspdm_soft_machine *machine)
{
	return is_version_5(machine) ? HEADER_LEN + BODY_HEAD_LEN : HEADER_LEN;
}

/* What the attestation key signs: header and body. */
static size_t signed_len(const struct tspdm_soft_machine *machine)
{
	if (is_sgx(machine))
		return body_at(machine) + QE_REPORT_LEN; /* an enclave's report as well */
	return body_at(machine) + (is_version_5(machine) ? TD15_LEN : TD10_LEN);
}

/* From version 4 on the quoting enclave's report and what certifies it are certification data of their own type, 6. */
static size_t signature_data_len(const struct tspdm_soft_machine *machine)
{
	return SIGNATURE_DATA_LEN + (is_sgx(machine) ? 0U : CERTIFICATION_HEAD_LEN) + machine->bundle_len;
}

static size_t quote_len(const struct tspdm_soft_machine *machine)
{
	return signed_len(machine) + 4 + signature_data_len(machine);
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
	write_u16(w, 2); /* ECDSA P-256 */
	write_u32(w, is_sgx(machine) ? 0 : 0x81);
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

static enum tspdm_status write_td(
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

const uint8_t tspdm_soft_qe_signer[32] = { 0x8C, 0x4F, 0x57, 0x75, 0xD7, 0x96, 0x50, 0x3E, 0x96, 0x13, 0x7F, 0x77, 0xC6,
	0x8A, 0x82, 0x9A, 0x00, 0x56, 0xAC, 0x8D, 0xED, 0x70, 0x14, 0x0B, 0x08, 0x1B, 0x09, 0x44, 0x90, 0xC5, 0x7B,
	0xFF };

/* What differs between the reports of enclaves. */
struct enclave {
	uint32_t flags;                                  /* ATTRIBUTES */
	const uint8_t *measurement, *signer, *config_id; /* 32 bytes each */
	uint16_t product, svn;
	const uint8_t *report_data; /* 64 bytes */
};

static void write_enclave_report(struct tspdm_buffer *w, const struct enclave *e)
{
	write_array(w, tspdm_soft_cpu_svn, sizeof tspdm_soft_cpu_svn);
	write_zeros(w, 4 + 12 + 16); /* MISCSELECT, reserved, ISVEXTPRODID */
	write_u32(w, e->flags);
	write_u32(w, 0);
	write_u32(w, 0xE7); /* XFRM */
	write_u32(w, 0);
	write_array(w, e->measurement, 32);
	write_zeros(w, 32);
	write_array(w, e->signer, 32);
	write_zeros(w, 32);
	write_array(w, e->config_id, 32); /* CONFIGID, 64 bytes */
	write_zeros(w, 32);
	write_u16(w, e->product);
	write_u16(w, e->svn);
	write_zeros(w, 2 + 42 + 16); /* CONFIGSVN, reserved, ISVFAMILYID */
	write_array(w, e->report_data, TSPDM_REPORT_DATA_LEN);
}

/* The enclave that is attested. */
static enum tspdm_status write_enclave(
	struct tspdm_buffer *w, const struct tspdm_soft_machine *machine, const uint8_t *report_data)
{
	uint8_t signer[32];
	const struct enclave e = {
		.flags = tspdm_soft_has(machine, TSPDM_SOFT_DEBUG) ? 0x07 : 0x05, /* INIT, MODE64BIT; DEBUG */
		.measurement = machine->config.measurement,
		.signer = signer,
		.config_id = machine->config.host_data,
		.product = 1,
		.svn = 1,
		.report_data = report_data,
	};

	TSPDM_TRY(tspdm_soft_bytes("tspdm software TEE: enclave signer", 0, signer, sizeof signer));
	write_enclave_report(w, &e);
	return TSPDM_OK;
}

/* The quoting enclave's own report: its report data commits to the attestation key. */
static enum tspdm_status write_qe_report(
	struct tspdm_buffer *w, const struct tspdm_soft_machine *machine, const uint8_t *point, const uint8_t *qe_data)
{
	static const uint8_t no_config[32];
	uint8_t committed[P256_LEN + QE_DATA_LEN], digest[TSPDM_REPORT_DATA_LEN] = { 0 }, measurement[32];
	const struct enclave e = {
		.flags = 0x15, /* INIT, MODE64BIT, PROVISIONKEY */
		.measurement = measurement,
		.signer = is_sgx(machine) ? tspdm_soft_qe_signer : tspdm_soft_td_qe_signer,
		.config_id = no_config,
		.product = is_sgx(machine) ? 1 : 2,
		.svn = 4,
		.report_data = digest,
	};

	memcpy(committed, point, P256_LEN);
	memcpy(committed + P256_LEN, qe_data, QE_DATA_LEN);
	TSPDM_TRY(tspdm_soft_bytes("tspdm software TEE: quoting enclave", 0, measurement, sizeof measurement));
	if (EVP_Digest(committed, sizeof committed, digest, NULL, EVP_sha256(), NULL) != 1)
		return TSPDM_ERR_CRYPTO;
	write_enclave_report(w, &e);
	return TSPDM_OK;
}

static enum tspdm_status write_signature(struct tspdm_buffer *w, EVP_PKEY *key, const uint8_t *bytes, size_t len)
{
	uint8_t rs[P256_LEN];

	TSPDM_TRY(tspdm_soft_sign(key, EVP_sha256(), (struct tspdm_view){ bytes, len }, rs, sizeof rs));
	write_array(w, rs, sizeof rs);
	return TSPDM_OK;
}

/* What certifies the attestation key, from version 4 on as certification data of type 6; and inside it type 5, what
 * certifies that. */
static enum tspdm_status write_certification(
	struct tspdm_buffer *w, const struct tspdm_soft_machine *machine, const uint8_t *point)
{
	uint8_t qe_data[QE_DATA_LEN];
	uint32_t inner_len = (uint32_t)machine->bundle_len;
	size_t report_at;

	for (unsigned i = 0; i < QE_DATA_LEN; i++)
		qe_data[i] = (uint8_t)i;
	if (!is_sgx(machine)) {
		write_u16(w, 6);
		write_u32(w, QE_REPORT_LEN + P256_LEN + 2 + QE_DATA_LEN + 6 + inner_len);
	}
	report_at = w->len;
	TSPDM_TRY(write_qe_report(w, machine, point, qe_data));
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
	TSPDM_TRY(is_sgx(machine) ? write_enclave(w, machine, report_data) : write_td(w, machine, report_data));
	write_u32(w, (uint32_t)signature_data_len(machine));
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
		w.ptr[body_at(machine) + (is_sgx(machine) ? MRENCLAVE_AT : MRTD_AT)] ^= 1;
	if (tspdm_soft_has(machine, TSPDM_SOFT_FLIP_SIGNATURE))
		w.ptr[signed_len(machine) + 4] ^= 1;
	*bytes = w.ptr;
	*out = (struct tspdm_evidence){ .tee = machine->config.kind, .report = { w.ptr, w.len } };
	return TSPDM_OK;
}
