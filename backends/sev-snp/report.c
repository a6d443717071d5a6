/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * ATTESTATION_REPORT, TCB_VERSION and the product lines: AMD 56860 "ATTESTATION_REPORT", "TCB_VERSION". */
#include <tspdm/sev_snp.h>

#include "base/cursor.h"
#include "internal.h"

static void copy_bytes(struct reader *r, uint8_t *out, size_t len)
{
	const uint8_t *bytes = read_bytes(r, len);

	if (bytes != NULL)
		memcpy(out, bytes, len);
}

/* Reserved bytes are signed like the rest; what stands in them is a feature that is not known here, not a forgery. */
static void read_reserved(struct reader *r, size_t len, struct tspdm_snp_report *out)
{
	struct tspdm_view bytes = read_view(r, len);

	if (!tspdm_snp_is_zero(bytes))
		out->reserved_is_zero = false;
}

static void read_key_info(struct reader *r, struct tspdm_snp_report *out)
{
	out->key_info = read_u32(r);
	out->author_key_en = (out->key_info & 1U) != 0;
	out->mask_chip_key = (out->key_info & 2U) != 0;
	out->signing_key = (uint8_t)(out->key_info >> 2 & 7U);
	if (out->key_info >> 5 != 0)
		out->reserved_is_zero = false;
	read_reserved(r, 4, out);
}

/* 000..08F */
static void read_guest(struct reader *r, struct tspdm_snp_report *out)
{
	out->version = read_u32(r);
	out->guest_svn = read_u32(r);
	out->policy = read_u64(r);
	copy_bytes(r, out->family_id, sizeof out->family_id);
	copy_bytes(r, out->image_id, sizeof out->image_id);
	out->vmpl = read_u32(r);
	out->signature_algorithm = read_u32(r);
	out->current_tcb = read_u64(r);
	out->platform_info = read_u64(r);
	read_key_info(r, out);
	copy_bytes(r, out->report_data, sizeof out->report_data);
}

/* 090..17F */
static void read_identity(struct reader *r, struct tspdm_snp_report *out)
{
	copy_bytes(r, out->measurement, sizeof out->measurement);
	copy_bytes(r, out->host_data, sizeof out->host_data);
	copy_bytes(r, out->id_key_digest, sizeof out->id_key_digest);
	copy_bytes(r, out->author_key_digest, sizeof out->author_key_digest);
	copy_bytes(r, out->report_id, sizeof out->report_id);
	copy_bytes(r, out->report_id_ma, sizeof out->report_id_ma);
}

/* 188..19F: reserved as a whole in version 2. */
static void read_cpuid(struct reader *r, struct tspdm_snp_report *out)
{
	if (out->version < 3) {
		read_reserved(r, 24, out);
		return;
	}
	out->cpuid_family = read_u8(r);
	out->cpuid_model = read_u8(r);
	out->cpuid_stepping = read_u8(r);
	read_reserved(r, 21, out);
}

static void read_firmware_version(struct reader *r, uint8_t version[3], struct tspdm_snp_report *out)
{
	version[2] = read_u8(r); /* build, minor, major stand in this order */
	version[1] = read_u8(r);
	version[0] = read_u8(r);
	read_reserved(r, 1, out);
}

/* 1F8..29F: the mitigation vectors came with version 5. */
static void read_mitigations(struct reader *r, struct tspdm_snp_report *out)
{
	if (out->version < 5) {
		read_reserved(r, 168, out);
		return;
	}
	out->launch_mit_vector = read_u64(r);
	out->current_mit_vector = read_u64(r);
	read_reserved(r, 152, out);
}

enum tspdm_status tspdm_snp_read_report(struct tspdm_view bytes, struct tspdm_snp_report *out)
{
	struct reader r = reader_of(bytes);

	*out = (struct tspdm_snp_report){ .reserved_is_zero = true };
	read_guest(&r, out);
	read_identity(&r, out);
	out->reported_tcb = read_u64(&r);
	read_cpuid(&r, out);
	copy_bytes(&r, out->chip_id, sizeof out->chip_id);
	out->committed_tcb = read_u64(&r);
	read_firmware_version(&r, out->current_version, out);
	read_firmware_version(&r, out->committed_version, out);
	out->launch_tcb = read_u64(&r);
	read_mitigations(&r, out);
	copy_bytes(&r, out->signature_r, sizeof out->signature_r);
	copy_bytes(&r, out->signature_s, sizeof out->signature_s);
	read_bytes(&r, SNP_SIGNATURE_PADDING);
	if (read_end(&r) != TSPDM_OK || out->version < 2)
		return TSPDM_ERR_EVIDENCE_FORM;
	return TSPDM_OK;
}

/* Bergamo and Siena (models A0 to AF) have the keys of Genoa. */
static const struct model_range {
	uint8_t family, first, last;
	enum tspdm_snp_product product;
} model_ranges[] = {
	{ 0x19, 0x00, 0x0f, TSPDM_SNP_MILAN },
	{ 0x19, 0x10, 0x1f, TSPDM_SNP_GENOA },
	{ 0x19, 0xa0, 0xaf, TSPDM_SNP_GENOA },
	{ 0x1a, 0x00, 0x11, TSPDM_SNP_TURIN },
};

enum tspdm_snp_product tspdm_snp_product_of(const struct tspdm_snp_report *report)
{
	for (size_t i = 0; i < sizeof model_ranges / sizeof model_ranges[0]; i++) {
		const struct model_range *range = &model_ranges[i];

		if (report->version >= 3 && report->cpuid_family == range->family &&
			report->cpuid_model >= range->first && report->cpuid_model <= range->last)
			return range->product;
	}
	return TSPDM_SNP_UNKNOWN;
}

const char *tspdm_snp_product_name(enum tspdm_snp_product product)
{
	switch (product) {
	case TSPDM_SNP_MILAN:
		return "Milan";
	case TSPDM_SNP_GENOA:
		return "Genoa";
	case TSPDM_SNP_TURIN:
		return "Turin";
	case TSPDM_SNP_UNKNOWN:
		break;
	}
	return "unknown";
}

struct tspdm_snp_tcb tspdm_snp_tcb(enum tspdm_snp_product product, uint64_t raw)
{
	bool has_fmc = product == TSPDM_SNP_TURIN;
	struct tspdm_snp_tcb tcb = { .has_fmc = has_fmc, .microcode = (uint8_t)(raw >> 56) };

	if (has_fmc) {
		tcb.fmc = (uint8_t)raw;
		tcb.bootloader = (uint8_t)(raw >> 8);
		tcb.tee = (uint8_t)(raw >> 16);
		tcb.snp = (uint8_t)(raw >> 24);
		return tcb;
	}
	tcb.bootloader = (uint8_t)raw;
	tcb.tee = (uint8_t)(raw >> 8);
	tcb.snp = (uint8_t)(raw >> 48);
	return tcb;
}

enum tspdm_snp_product tspdm_snp_layout_of(enum tspdm_snp_product product, const struct tspdm_snp_report *report)
{
	struct tspdm_view tail = { report->chip_id + SNP_HWID_SHORT, sizeof report->chip_id - SNP_HWID_SHORT };
	struct tspdm_view head = { report->chip_id, SNP_HWID_SHORT };

	if (product != TSPDM_SNP_UNKNOWN)
		return product;
	if (report->version >= 3)
		return report->cpuid_family >= 0x1a ? TSPDM_SNP_TURIN : TSPDM_SNP_GENOA;
	return tspdm_snp_is_zero(tail) && !tspdm_snp_is_zero(head) ? TSPDM_SNP_TURIN : TSPDM_SNP_GENOA;
}

bool tspdm_snp_tcb_at_most(const struct tspdm_snp_tcb *a, const struct tspdm_snp_tcb *b)
{
	return a->fmc <= b->fmc && a->bootloader <= b->bootloader && a->tee <= b->tee && a->snp <= b->snp &&
	       a->microcode <= b->microcode;
}

bool tspdm_snp_tcb_equal(const struct tspdm_snp_tcb *a, const struct tspdm_snp_tcb *b)
{
	return a->has_fmc == b->has_fmc && tspdm_snp_tcb_at_most(a, b) && tspdm_snp_tcb_at_most(b, a);
}

void tspdm_snp_tcb_text(const struct tspdm_snp_tcb *tcb, char out[SNP_TCB_TEXT])
{
	char fmc[16] = "";

	if (tcb->has_fmc)
		snprintf(fmc, sizeof fmc, "fmc %u, ", tcb->fmc);
	snprintf(out, SNP_TCB_TEXT, "%sbootloader %u, tee %u, snp %u, microcode %u", fmc, tcb->bootloader, tcb->tee,
		tcb->snp, tcb->microcode);
}

bool tspdm_snp_is_zero(struct tspdm_view view)
{
	for (size_t i = 0; i < view.len; i++)
		if (view.ptr[i] != 0)
			return false;
	return true;
}
