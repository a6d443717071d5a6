/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What evidence says as ordinary measurement blocks, for those who know only SPDM: launch digest, host data, guest
 * policy, registers, device mode (docs/profile.md, "What is carried where"). They are the attester's words; only the raw
 * evidence proves them. */
#include <string.h>

#include <tspdm/sgx.h>
#include <tspdm/tdx.h>

#include "attester.h"

enum {
	INDEX_LAUNCH_DIGEST = 0x10,
	INDEX_HOST_DATA,
	INDEX_GUEST_POLICY,
	INDEX_REGISTERS,              /* RTMR0 to RTMR3; MRSIGNER */
	MODE_NORMAL = 1 << 2,         /* DSP0274 1.2 "Device mode field": normal operation */
	MODE_INVASIVE_DEBUG = 1 << 1, /* invasive debug mode is active */
	MODE_WAS_DEBUGGED = 1 << 3,   /* and has been active since the last reset */
};

#define BYTES(array) ((struct tspdm_view){ (array), sizeof(array) })

static void put_u32(uint8_t *out, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		out[i] = (uint8_t)(value >> 8 * i);
}

static bool add_mode(struct block_list *list, bool is_debug)
{
	uint8_t mode[16];
	uint32_t debug = MODE_INVASIVE_DEBUG | MODE_WAS_DEBUGGED;

	put_u32(mode, MODE_NORMAL);
	put_u32(mode + 4, MODE_NORMAL);
	put_u32(mode + 8, debug);
	put_u32(mode + 12, is_debug ? debug : 0);
	return blocks_add(list, &(struct tspdm_block){ .index = TSPDM_INDEX_DEVICE_MODE,
					.type = TSPDM_MEASUREMENT_DEVICE_MODE,
					.form = TSPDM_BLOCK_RAW_ONLY,
					.value = BYTES(mode) });
}

/* A digest that the TEE made by SHA-384, or an enclave's by SHA-256: shown as a digest only where that is the
 * measurement hash. */
static bool add_digest(struct block_list *list, unsigned index, struct tspdm_view digest, uint32_t measurement_hash)
{
	uint32_t hash = TSPDM_MEASUREMENT_HASH(digest.len == 48 ? TSPDM_HASH_SHA384 : TSPDM_HASH_SHA256);

	return blocks_add(list, &(struct tspdm_block){ .index = (uint8_t)index,
					.type = TSPDM_MEASUREMENT_FIRMWARE,
					.form = measurement_hash == hash ? TSPDM_BLOCK_DIGEST : TSPDM_BLOCK_RAW_ONLY,
					.is_tcb = true,
					.value = digest });
}

/* Who knows only SPDM compares digests; who wants the bytes asks for the raw form. */
static bool add_host_data(struct block_list *list, struct tspdm_view data)
{
	return blocks_add(list, &(struct tspdm_block){ .index = INDEX_HOST_DATA,
					.type = TSPDM_MEASUREMENT_FIRMWARE_CONFIG,
					.form = TSPDM_BLOCK_RAW_OR_DIGEST,
					.value = data });
}

static bool add_policy(struct block_list *list, struct tspdm_view policy)
{
	return blocks_add(list, &(struct tspdm_block){ .index = INDEX_GUEST_POLICY,
					.type = TSPDM_MEASUREMENT_HARDWARE_CONFIG,
					.form = TSPDM_BLOCK_RAW_ONLY,
					.is_tcb = true,
					.value = policy });
}

static enum tspdm_status add_snp(struct block_list *list, struct tspdm_view report, uint32_t measurement_hash)
{
	struct tspdm_snp_report r;
	uint8_t policy[8];
	bool ok;

	TSPDM_TRY(tspdm_snp_read_report(report, &r));
	put_u32(policy, (uint32_t)r.policy);
	put_u32(policy + 4, (uint32_t)(r.policy >> 32));
	ok = add_digest(list, INDEX_LAUNCH_DIGEST, BYTES(r.measurement), measurement_hash) &&
	     add_host_data(list, BYTES(r.host_data)) && add_policy(list, BYTES(policy)) &&
	     add_mode(list, (r.policy & TSPDM_SNP_POLICY_DEBUG) != 0);
	return ok ? TSPDM_OK : TSPDM_ERR_MEMORY;
}

static enum tspdm_status add_tdx(struct block_list *list, struct tspdm_view quote, uint32_t measurement_hash)
{
	struct tspdm_quote q;
	struct tspdm_td_report r;
	bool ok;

	TSPDM_TRY(tspdm_read_quote(quote, &q));
	TSPDM_TRY(tspdm_tdx_read_report(q.body, &r));
	ok = add_digest(list, INDEX_LAUNCH_DIGEST, BYTES(r.mr_td), measurement_hash) &&
	     add_host_data(list, BYTES(r.mr_config_id)) && add_policy(list, BYTES(r.td_attributes)) &&
	     add_mode(list, r.is_debug);
	for (unsigned i = 0; i < sizeof r.rtmr / sizeof r.rtmr[0]; i++)
		ok = ok && add_digest(list, INDEX_REGISTERS + i, BYTES(r.rtmr[i]), measurement_hash);
	return ok ? TSPDM_OK : TSPDM_ERR_MEMORY;
}

static enum tspdm_status add_sgx(struct block_list *list, struct tspdm_view quote, uint32_t measurement_hash)
{
	struct tspdm_quote q;
	struct tspdm_sgx_report r;
	bool ok;

	TSPDM_TRY(tspdm_read_quote(quote, &q));
	TSPDM_TRY(tspdm_read_sgx_report(q.body, &r));
	ok = add_digest(list, INDEX_LAUNCH_DIGEST, BYTES(r.mr_enclave), measurement_hash) &&
	     add_host_data(list, BYTES(r.config_id)) && add_policy(list, BYTES(r.attributes)) &&
	     add_digest(list, INDEX_REGISTERS, BYTES(r.mr_signer), measurement_hash) &&
	     add_mode(list, (r.attributes[0] & TSPDM_SGX_DEBUG) != 0);
	return ok ? TSPDM_OK : TSPDM_ERR_MEMORY;
}

enum tspdm_status tee_blocks(struct block_list *list, const struct tspdm_evidence *evidence, uint32_t measurement_hash)
{
	switch (evidence->tee) {
	case TSPDM_TEE_SEV_SNP:
		return add_snp(list, evidence->report, measurement_hash);
	case TSPDM_TEE_TDX:
		return add_tdx(list, evidence->report, measurement_hash);
	case TSPDM_TEE_SGX:
		return add_sgx(list, evidence->report, measurement_hash);
	case TSPDM_TEE_DEVICE:
	case TSPDM_TEE_NONE:
		break;
	}
	return TSPDM_ERR_EVIDENCE_FORM;
}
