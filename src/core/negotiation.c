/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Selecting and checking algorithms. */
#include <string.h>

#include "core/negotiation.h"

/* Capabilities for which the responder signs. */
static bool does_sign(uint32_t flags)
{
	return (flags & (TSPDM_CAP_CHAL | TSPDM_CAP_KEY_EX)) != 0 ||
	       (flags & TSPDM_CAP_MEAS_MASK) == TSPDM_CAP_MEAS_SIG ||
	       (flags & TSPDM_CAP_EP_INFO_MASK) == TSPDM_CAP_EP_INFO_SIG;
}

struct algorithm_needs tspdm_algorithm_needs(uint32_t requester_flags, uint32_t responder_flags)
{
	uint32_t both = requester_flags & responder_flags;
	bool psk = (requester_flags & TSPDM_CAP_PSK_MASK) != 0 && (responder_flags & TSPDM_CAP_PSK_MASK) != 0;
	bool key_exchange = (both & TSPDM_CAP_KEY_EX) != 0;

	return (struct algorithm_needs){
		.asym = does_sign(responder_flags),
		.hash = does_sign(responder_flags) || (responder_flags & TSPDM_CAP_PSK_MASK) != 0,
		.measurement = (responder_flags & TSPDM_CAP_MEAS_MASK) != 0,
		.dhe = key_exchange,
		.aead = (key_exchange || psk) && (both & (TSPDM_CAP_ENCRYPT | TSPDM_CAP_MAC)) != 0,
		.req_asym = (both & TSPDM_CAP_MUT_AUTH) != 0 ||
			    (requester_flags & TSPDM_CAP_EP_INFO_MASK) == TSPDM_CAP_EP_INFO_SIG,
		.key_schedule = key_exchange || psk,
	};
}

uint32_t tspdm_algorithms_of_version(enum tspdm_algorithm_kind kind, uint32_t mask, uint8_t version)
{
	const struct tspdm_algorithm *row;
	uint32_t known = 0;

	for (unsigned i = 0; (row = tspdm_algorithm_row(i)) != NULL; i++)
		if (row->kind == (uint8_t)kind && row->since <= version)
			known |= row->bit;
	return mask & known;
}

uint32_t tspdm_default_algorithms(enum tspdm_algorithm_kind kind, uint32_t mask)
{
	static const uint32_t only_where_named[] = {
		[TSPDM_KIND_ASYM] = TSPDM_ASYM_SM2,
		[TSPDM_KIND_HASH] = TSPDM_HASH_SM3,
		[TSPDM_KIND_MEASUREMENT_HASH] = TSPDM_MEASUREMENT_HASH(TSPDM_HASH_SM3),
		[TSPDM_KIND_DHE] = TSPDM_DHE_SM2_P256,
		[TSPDM_KIND_AEAD] = TSPDM_AEAD_SM4_GCM,
		[TSPDM_KIND_KEY_SCHEDULE] = 0,
	};

	return mask & ~only_where_named[kind];
}

/* The bit of highest rank, 0 where the mask has none. */
static uint32_t best(enum tspdm_algorithm_kind kind, uint32_t mask)
{
	const struct tspdm_algorithm *row, *chosen = NULL;

	for (unsigned i = 0; (row = tspdm_algorithm_row(i)) != NULL; i++)
		if (row->kind == (uint8_t)kind && (mask & row->bit) != 0 &&
			(chosen == NULL || row->rank > chosen->rank))
			chosen = row;
	return chosen != NULL ? chosen->bit : 0;
}

enum tspdm_status tspdm_select_version(const struct tspdm_version_response *listed, uint32_t own, uint8_t *version)
{
	uint8_t highest = 0;

	if (listed->entry_count == 0)
		return TSPDM_ERR_FIELD;
	for (unsigned i = 0; i < listed->entry_count; i++) {
		uint8_t candidate = (uint8_t)(tspdm_version_entry(listed, i) >> 8);

		/* major 1 only: another major would make the bit another version's */
		if (candidate >> 4 == 1 && (own & TSPDM_VERSION_BIT(candidate)) != 0 && candidate > highest)
			highest = candidate;
	}
	*version = highest;
	return highest != 0 ? TSPDM_OK : TSPDM_ERR_NO_COMMON_VERSION;
}

/* AlgStructure tables by type: which registry, whose masks. */
struct table {
	enum tspdm_alg_type type;
	enum tspdm_algorithm_kind kind;
	uint16_t own;
	bool needed;
};
enum { TABLES = 4 };

static void tables_of(const struct algorithm_offer *own, const struct algorithm_needs *needs, struct table out[TABLES])
{
	out[0] = (struct table){ TSPDM_ALG_DHE, TSPDM_KIND_DHE, own->dhe, needs->dhe };
	out[1] = (struct table){ TSPDM_ALG_AEAD, TSPDM_KIND_AEAD, own->aead, needs->aead };
	out[2] = (struct table){ TSPDM_ALG_REQ_ASYM, TSPDM_KIND_ASYM, own->req_asym, needs->req_asym };
	out[3] = (struct table){ TSPDM_ALG_KEY_SCHEDULE, TSPDM_KIND_KEY_SCHEDULE, own->key_schedule,
		needs->key_schedule };
}

void tspdm_write_offer(const struct algorithm_offer *own, const struct algorithm_needs *needs, uint8_t version,
	struct tspdm_negotiate_algorithms *out)
{
	struct table tables[TABLES];

	memset(out, 0, sizeof *out);
	out->measurement_specification = needs->measurement ? TSPDM_MEASUREMENT_SPEC_DMTF : 0;
	out->other_params = version >= TSPDM_V12 ? own->opaque_formats : 0;
	out->base_asym = tspdm_algorithms_of_version(TSPDM_KIND_ASYM, own->asym, version);
	out->base_hash = tspdm_algorithms_of_version(TSPDM_KIND_HASH, own->hash, version);
	if (version < TSPDM_V11)
		return;
	tables_of(own, needs, tables);
	for (size_t i = 0; i < TABLES; i++) {
		uint32_t mask = tspdm_algorithms_of_version(tables[i].kind, tables[i].own, version);

		if (!tables[i].needed || mask == 0)
			continue;
		out->tables.present |= (uint16_t)(1U << tables[i].type);
		out->tables.supported[tables[i].type] = (uint16_t)mask;
	}
}

/* MeasurementHashAlgo is the responder's own choice, DSP0274 "Selection rules". */
static void select_measurement(const struct algorithm_offer *own, const struct algorithm_needs *needs, uint8_t version,
	const struct tspdm_negotiate_algorithms *offered, struct tspdm_algorithms *out)
{
	if (!needs->measurement || (offered->measurement_specification & TSPDM_MEASUREMENT_SPEC_DMTF) == 0)
		return;
	if (tspdm_algorithms_of_version(TSPDM_KIND_MEASUREMENT_HASH, own->measurement_hash, version) !=
		own->measurement_hash)
		return; /* digests by SM3, which this version has no name for, must not go by another hash's */
	out->measurement_specification = TSPDM_MEASUREMENT_SPEC_DMTF;
	out->measurement_hash =
		own->measurement_hash != 0 ? own->measurement_hash : TSPDM_MEASUREMENT_HASH(out->base_hash);
	if (out->measurement_hash == 0) /* measurements without signature need no base hash */
		out->measurement_hash = TSPDM_MEASUREMENT_HASH(best(TSPDM_KIND_HASH, own->hash));
}

/* The responder answers each table that it was sent, in the same order, with zero where it selects nothing. */
static bool select_tables(const struct table tables[TABLES], uint8_t version,
	const struct tspdm_negotiate_algorithms *offered, struct tspdm_algorithms *out)
{
	bool complete = true;

	for (size_t i = 0; i < TABLES; i++) {
		uint16_t theirs = offered->tables.supported[tables[i].type];
		uint32_t common = tspdm_algorithms_of_version(tables[i].kind, tables[i].own & theirs, version);

		if (tables[i].needed && common == 0)
			complete = false;
		if ((offered->tables.present & 1U << tables[i].type) == 0)
			continue;
		out->tables.present |= (uint16_t)(1U << tables[i].type);
		if (tables[i].needed)
			out->tables.supported[tables[i].type] = (uint16_t)best(tables[i].kind, common);
	}
	return complete;
}

enum tspdm_status tspdm_select_algorithms(const struct algorithm_offer *own, const struct algorithm_needs *needs,
	uint8_t version, const struct tspdm_negotiate_algorithms *offered, struct tspdm_algorithms *out)
{
	struct table tables[TABLES];
	bool complete = true;

	memset(out, 0, sizeof *out);
	if (needs->asym)
		out->base_asym = best(TSPDM_KIND_ASYM,
			tspdm_algorithms_of_version(TSPDM_KIND_ASYM, own->asym & offered->base_asym, version));
	if (needs->hash)
		out->base_hash = best(TSPDM_KIND_HASH,
			tspdm_algorithms_of_version(TSPDM_KIND_HASH, own->hash & offered->base_hash, version));
	if (version >= TSPDM_V12 && (own->opaque_formats & offered->other_params & TSPDM_OPAQUE_FORMAT_1) != 0)
		out->other_params = TSPDM_OPAQUE_FORMAT_1;
	select_measurement(own, needs, version, offered, out);
	if (version >= TSPDM_V11) {
		tables_of(own, needs, tables);
		complete = select_tables(tables, version, offered, out);
	}
	if ((needs->asym && out->base_asym == 0) || (needs->hash && out->base_hash == 0) || !complete)
		return TSPDM_ERR_NO_COMMON_ALGORITHM;
	return TSPDM_OK;
}

static bool is_one_bit_or_none(uint32_t mask)
{
	return (mask & (mask - 1)) == 0;
}

/* One selection against its offer. */
static enum tspdm_status check_one(uint32_t selected, uint32_t offered, bool needed)
{
	if (!is_one_bit_or_none(selected))
		return TSPDM_ERR_AMBIGUOUS;
	if ((selected & ~offered) != 0)
		return TSPDM_ERR_NOT_OFFERED;
	return needed && selected == 0 ? TSPDM_ERR_NO_COMMON_ALGORITHM : TSPDM_OK;
}

/* Not offered by the requester, so only its form can be judged: a known hash where measurements are to be had. */
static enum tspdm_status check_measurement(const struct tspdm_negotiate_algorithms *offered, bool needed,
	uint8_t version, const struct tspdm_algorithms *s)
{
	uint32_t known = tspdm_algorithms_of_version(TSPDM_KIND_MEASUREMENT_HASH, UINT32_MAX, version);

	TSPDM_TRY(check_one(s->measurement_specification, needed ? offered->measurement_specification : 0, false));
	return check_one(s->measurement_hash, s->measurement_specification != 0 ? known : 0,
		needed && s->measurement_specification != 0);
}

static enum tspdm_status check_tables(const struct tspdm_algorithm_tables *offered, const struct algorithm_needs *needs,
	const struct tspdm_algorithm_tables *selected)
{
	static const struct algorithm_offer nothing = { 0 };
	struct table tables[TABLES];

	if ((selected->present & ~offered->present) != 0)
		return TSPDM_ERR_NOT_OFFERED;
	tables_of(&nothing, needs, tables);
	for (size_t i = 0; i < TABLES; i++)
		TSPDM_TRY(check_one(
			selected->supported[tables[i].type], offered->supported[tables[i].type], tables[i].needed));
	for (size_t type = 0; type < TSPDM_ALG_TYPES; type++)
		if (selected->external_count[type] != 0)
			return TSPDM_ERR_NOT_OFFERED;
	return TSPDM_OK;
}

enum tspdm_status tspdm_check_selection(const struct tspdm_negotiate_algorithms *offered,
	const struct algorithm_needs *needs, uint8_t version, const struct tspdm_algorithms *selected)
{
	if (selected->ext_asym_count != 0 || selected->ext_hash_count != 0)
		return TSPDM_ERR_NOT_OFFERED;
	TSPDM_TRY(check_one(selected->base_asym, offered->base_asym, needs->asym));
	TSPDM_TRY(check_one(selected->base_hash, offered->base_hash, needs->hash));
	if (version >= TSPDM_V12)
		TSPDM_TRY(check_one(selected->other_params & 0x0FU, offered->other_params & 0x0FU, false));
	TSPDM_TRY(check_measurement(offered, needs->measurement, version, selected));
	return version >= TSPDM_V11 ? check_tables(&offered->tables, needs, &selected->tables) : TSPDM_OK;
}
