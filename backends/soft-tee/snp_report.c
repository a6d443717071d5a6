/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The software TEE's attestation reports. AMD 56860 "ATTESTATION_REPORT Structure". */
#include <stdlib.h>

#include "base/cursor.h"
#include "soft_tee.h"

enum { MEASUREMENT_AT = 0x090, SIGNATURE_AT = TSPDM_SNP_SIGNED_LEN, COMPONENT_LEN = 72, NUMBER_LEN = 48 };

/* What differs between the versions of the report. */
static const struct layout {
	uint32_t version;
	bool has_cpuid, has_mitigations;
	uint8_t build, minor, major;
	uint64_t platform_info;
} layouts[] = {
	{ 2, false, false, 4, 52, 1, TSPDM_SNP_PLATFORM_SMT | TSPDM_SNP_PLATFORM_ECC },
	{ 3, true, false, 21, 55, 1,
		TSPDM_SNP_PLATFORM_SMT | TSPDM_SNP_PLATFORM_ECC | TSPDM_SNP_PLATFORM_ALIAS_CHECK_COMPLETE },
	{ 5, true, true, 1, 58, 1,
		TSPDM_SNP_PLATFORM_SMT | TSPDM_SNP_PLATFORM_ECC | TSPDM_SNP_PLATFORM_ALIAS_CHECK_COMPLETE },
};

static const struct layout *find_layout(uint32_t version)
{
	for (size_t i = 0; i < sizeof layouts / sizeof layouts[0]; i++)
		if (layouts[i].version == version)
			return &layouts[i];
	return NULL;
}

bool tspdm_soft_snp_can(uint32_t report_version)
{
	return find_layout(report_version) != NULL;
}

static void write_u64(struct tspdm_buffer *w, uint64_t v)
{
	write_u32(w, (uint32_t)v);
	write_u32(w, (uint32_t)(v >> 32));
}

static void write_array(struct tspdm_buffer *w, const void *bytes, size_t len)
{
	write_view(w, (struct tspdm_view){ bytes, len });
}

static void write_ones(struct tspdm_buffer *w, size_t n)
{
	uint8_t *p = write_space(w, n);

	if (p != NULL)
		memset(p, 0xFF, n);
}

/* AMD 56860 "TCB_VERSION": Turin moved the components. */
static void write_tcb(struct tspdm_buffer *w, const struct tspdm_snp_tcb *tcb)
{
	if (tcb->has_fmc)
		write_u8(w, tcb->fmc);
	write_u8(w, tcb->bootloader);
	write_u8(w, tcb->tee);
	if (tcb->has_fmc)
		write_u8(w, tcb->snp);
	write_zeros(w, tcb->has_fmc ? 3 : 4);
	if (!tcb->has_fmc)
		write_u8(w, tcb->snp);
	write_u8(w, tcb->microcode);
}

static uint64_t guest_policy(const struct tspdm_soft_machine *machine)
{
	return TSPDM_SNP_POLICY_RESERVED_ONE | TSPDM_SNP_POLICY_SMT |
	       (tspdm_soft_has(machine, TSPDM_SOFT_DEBUG) ? TSPDM_SNP_POLICY_DEBUG : 0) |
	       (tspdm_soft_has(machine, TSPDM_SOFT_MIGRATION) ? TSPDM_SNP_POLICY_MIGRATE_MA : 0);
}

static uint32_t key_info(const struct tspdm_soft_machine *machine)
{
	uint32_t signing_key = machine->config.use_vlek ? TSPDM_SNP_VLEK : TSPDM_SNP_VCEK;

	if (tspdm_soft_has(machine, TSPDM_SOFT_WRONG_KEY_KIND))
		signing_key = TSPDM_SNP_VLEK;
	if (tspdm_soft_has(machine, TSPDM_SOFT_UNSIGNED))
		signing_key = TSPDM_SNP_UNSIGNED;
	return signing_key << 2;
}

/* 000 to 09F, and the measurement. */
static void write_head(struct tspdm_buffer *w, const struct tspdm_soft_machine *machine, const uint8_t *report_data)
{
	const struct layout *layout = find_layout(machine->config.report_version);

	write_u32(w, layout->version);
	write_u32(w, 0); /* GUEST_SVN */
	write_u64(w, guest_policy(machine));
	write_array(w, "tspdm soft TEE\0", 16); /* FAMILY_ID and IMAGE_ID are free text: they say what this is */
	write_array(w, "not hardware\0\0\0", 16);
	write_u32(w, 0); /* VMPL */
	write_u32(w, 1); /* ECDSA P-384 with SHA-384 */
	write_tcb(w, &tspdm_soft_product(machine->config.product)->tcb);
	write_u64(w, layout->platform_info);
	write_u32(w, key_info(machine));
	write_zeros(w, 4);
	write_array(w, report_data, TSPDM_REPORT_DATA_LEN);
	write_array(w, machine->config.measurement, sizeof machine->config.measurement);
}

/* From HOST_DATA to CHIP_ID. */
static void write_identity(struct tspdm_buffer *w, const struct tspdm_soft_machine *machine, const uint8_t *chip_id)
{
	const struct tspdm_soft_product *product = tspdm_soft_product(machine->config.product);
	bool has_cpuid = find_layout(machine->config.report_version)->has_cpuid;

	write_array(w, machine->config.host_data, sizeof machine->config.host_data);
	write_zeros(w, 48 + 48); /* no ID key, no author key */
	write_array(w, machine->instance, sizeof machine->instance);
	write_ones(w, 32); /* REPORT_ID_MA: no migration agent */
	write_tcb(w, &product->tcb);
	write_u8(w, has_cpuid ? product->family : 0);
	write_u8(w, has_cpuid ? product->model : 0);
	write_u8(w, has_cpuid ? product->stepping : 0);
	write_zeros(w, 21);
	write_array(w, chip_id, 64);
}

/* From COMMITTED_TCB to the end of what is signed. */
static void write_tail(struct tspdm_buffer *w, const struct tspdm_soft_machine *machine)
{
	const struct layout *layout = find_layout(machine->config.report_version);
	const struct tspdm_snp_tcb *tcb = &tspdm_soft_product(machine->config.product)->tcb;

	write_tcb(w, tcb);
	for (unsigned i = 0; i < 2; i++) { /* CURRENT, COMMITTED */
		write_u8(w, layout->build);
		write_u8(w, layout->minor);
		write_u8(w, layout->major);
		write_u8(w, 0);
	}
	write_tcb(w, tcb);
	write_u64(w, layout->has_mitigations ? 1 : 0);
	write_u64(w, layout->has_mitigations ? 1 : 0);
	write_zeros(w, TSPDM_SNP_SIGNED_LEN - w->len);
}

static void put_reversed(uint8_t *to, const uint8_t *from)
{
	for (size_t i = 0; i < NUMBER_LEN; i++)
		to[i] = from[NUMBER_LEN - 1 - i];
}

static enum tspdm_status sign(const struct tspdm_soft_machine *machine, uint8_t *report)
{
	struct tspdm_view data = { report, TSPDM_SNP_SIGNED_LEN };
	uint8_t rs[2 * NUMBER_LEN];

	if (tspdm_soft_has(machine, TSPDM_SOFT_UNSIGNED))
		return TSPDM_OK;
	TSPDM_TRY(tspdm_soft_sign(machine->endorsement.key, EVP_sha384(), data, rs, sizeof rs));
	put_reversed(report + SIGNATURE_AT, rs);
	put_reversed(report + SIGNATURE_AT + COMPONENT_LEN, rs + NUMBER_LEN);
	return TSPDM_OK;
}

static enum tspdm_status make_report(
	const struct tspdm_soft_machine *machine, const uint8_t *report_data, uint8_t *report)
{
	struct tspdm_buffer w = { .ptr = report, .cap = TSPDM_SNP_REPORT_LEN };
	uint8_t chip_id[64];

	TSPDM_TRY(tspdm_soft_chip_id(machine, chip_id));
	write_head(&w, machine, report_data);
	write_identity(&w, machine, chip_id);
	write_tail(&w, machine);
	write_zeros(&w, TSPDM_SNP_REPORT_LEN - TSPDM_SNP_SIGNED_LEN);
	TSPDM_TRY(sign(machine, report));
	if (tspdm_soft_has(machine, TSPDM_SOFT_FLIP_REPORT))
		report[MEASUREMENT_AT] ^= 1;
	if (tspdm_soft_has(machine, TSPDM_SOFT_FLIP_SIGNATURE))
		report[SIGNATURE_AT] ^= 1;
	return TSPDM_OK;
}

enum tspdm_status tspdm_soft_snp_evidence(
	struct tspdm_soft_machine *machine, const uint8_t *report_data, uint8_t **bytes, struct tspdm_evidence *out)
{
	uint8_t *report = malloc(TSPDM_SNP_REPORT_LEN);
	enum tspdm_status status = report != NULL ? make_report(machine, report_data, report) : TSPDM_ERR_MEMORY;

	if (status != TSPDM_OK) {
		free(report);
		return status;
	}
	*bytes = report;
	*out = (struct tspdm_evidence){ .tee = TSPDM_TEE_SEV_SNP,
		.report = { report, TSPDM_SNP_REPORT_LEN },
		.certificates = { machine->bundle, machine->bundle_len } };
	return TSPDM_OK;
}
