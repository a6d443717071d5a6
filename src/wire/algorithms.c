/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * DSP0274 "NEGOTIATE_ALGORITHMS request", "ALGORITHMS response", "AlgStructure". */
#include "wire/wire.h"

enum {
	EXTENDED_MAX_V10 = 8,
	EXTENDED_MAX = 20,
	LENGTH_MAX_V10 = 64,
	LENGTH_MAX = 128,
	LENGTH_END = 6, /* Length is behind the header, and counts from its first byte */
	FIXED_ALG_COUNT = 2,
};

/* How many extended algorithms may be in each list, in each table, and in the whole message. */
struct extended_limits {
	uint8_t list;
	uint8_t table;
	uint8_t total;
};

static const struct extended_limits offer_limits_v10 = { EXTENDED_MAX_V10, 0, EXTENDED_MAX_V10 };
static const struct extended_limits offer_limits = { EXTENDED_MAX, EXTENDED_MAX, EXTENDED_MAX };
static const struct extended_limits selection_limits = { 1, 1, EXTENDED_MAX };

static uint8_t last_type(uint8_t version)
{
	return version >= TSPDM_V14 ? TSPDM_ALG_KEM : TSPDM_ALG_KEY_SCHEDULE;
}

/* One AlgStructure. AlgType must rise from table to table, so that none stands twice. */
static enum tspdm_status read_table(
	struct reader *r, uint8_t version, struct tspdm_algorithm_tables *out, uint8_t *type)
{
	uint8_t this_type = read_u8(r);
	uint8_t counts = read_u8(r);
	uint16_t supported = read_u16(r);
	uint8_t external = counts & 0x0FU;

	read_bytes(r, 4U * external);
	if (r->failed)
		return TSPDM_ERR_TRUNCATED;
	if (this_type < TSPDM_ALG_DHE || this_type > last_type(version) || this_type <= *type ||
		counts >> 4 != FIXED_ALG_COUNT)
		return TSPDM_ERR_FIELD;
	*type = this_type;
	out->present |= (uint16_t)(1U << this_type);
	out->supported[this_type] = supported;
	out->external_count[this_type] = external;
	return TSPDM_OK;
}

/* The extended lists and the tables, which end both messages. 1.0 has no tables: what became their count is Reserved. */
static enum tspdm_status read_lists(struct reader *r, uint8_t version, const unsigned counts[2], unsigned tables,
	const struct extended_limits *limits, struct tspdm_algorithm_tables *out)
{
	unsigned extended = counts[0] + counts[1];
	uint8_t type = 0;

	if (counts[0] > limits->list || counts[1] > limits->list || extended > limits->total)
		return TSPDM_ERR_LENGTH;
	read_bytes(r, 4U * extended);
	for (unsigned i = 0; version >= TSPDM_V11 && i < tables; i++) {
		TSPDM_TRY(read_table(r, version, out, &type));
		extended += out->external_count[type];
		if (out->external_count[type] > limits->table || extended > limits->total)
			return TSPDM_ERR_LENGTH;
	}
	return r->failed ? TSPDM_ERR_TRUNCATED : TSPDM_OK;
}

/* The message proper is what Length says: makes `r`, which has just read the header, one that cannot leave it. */
static enum tspdm_status read_length(struct reader *r, uint8_t version, size_t *length)
{
	size_t limit = version >= TSPDM_V11 ? LENGTH_MAX : LENGTH_MAX_V10;
	size_t rest;

	*length = read_u16(r);
	if (r->failed)
		return TSPDM_ERR_TRUNCATED;
	if (*length > limit || *length < LENGTH_END)
		return TSPDM_ERR_LENGTH;
	rest = *length - LENGTH_END;
	if (rest > r->left)
		return TSPDM_ERR_TRUNCATED;
	r->left = rest;
	return TSPDM_OK;
}

/* The whole of Length is there, so a field that leaves it contradicts it, and so does a rest. */
static enum tspdm_status end_of_length(const struct reader *r, enum tspdm_status status)
{
	if (status == TSPDM_ERR_TRUNCATED || (status == TSPDM_OK && r->left != 0))
		return TSPDM_ERR_LENGTH;
	return status;
}

enum tspdm_status tspdm_wire_read_offer(
	struct reader *r, uint8_t version, unsigned tables, struct tspdm_negotiate_algorithms *out)
{
	out->measurement_specification = read_u8(r);
	out->other_params = read_u8(r);
	out->base_asym = read_u32(r);
	out->base_hash = read_u32(r);
	out->pqc_asym = read_u32(r);
	read_bytes(r, 8);
	out->ext_asym_count = read_u8(r);
	out->ext_hash_count = read_u8(r);
	read_u8(r);
	out->mel_specification = read_u8(r);
	if (version < TSPDM_V14)
		out->pqc_asym = 0; /* Reserved */
	if (version < TSPDM_V13)
		out->mel_specification = 0; /* Reserved */
	if (version < TSPDM_V12)
		out->other_params = 0; /* Reserved */
	return read_lists(r, version, (unsigned[]){ out->ext_asym_count, out->ext_hash_count }, tables,
		version >= TSPDM_V11 ? &offer_limits : &offer_limits_v10, &out->tables);
}

enum tspdm_status tspdm_read_negotiate_algorithms(struct tspdm_view message, const struct tspdm_shape *shape,
	struct tspdm_negotiate_algorithms *out, size_t *used)
{
	struct tspdm_header header;
	struct reader r;

	*out = (struct tspdm_negotiate_algorithms){ 0 };
	TSPDM_TRY(tspdm_wire_begin(&r, message, TSPDM_NEGOTIATE_ALGORITHMS, &header));
	TSPDM_TRY(read_length(&r, shape->version, used));
	return end_of_length(&r, tspdm_wire_read_offer(&r, shape->version, header.param1, out));
}

enum tspdm_status tspdm_read_algorithms(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_algorithms *out, size_t *used)
{
	struct tspdm_header header;
	struct reader r;

	*out = (struct tspdm_algorithms){ 0 };
	TSPDM_TRY(tspdm_wire_begin(&r, message, TSPDM_ALGORITHMS, &header));
	TSPDM_TRY(read_length(&r, shape->version, used));
	out->measurement_specification = read_u8(&r);
	out->other_params = read_u8(&r);
	out->measurement_hash = read_u32(&r);
	out->base_asym = read_u32(&r);
	out->base_hash = read_u32(&r);
	out->pqc_asym = read_u32(&r);
	read_bytes(&r, 7);
	out->mel_specification = read_u8(&r);
	out->ext_asym_count = read_u8(&r);
	out->ext_hash_count = read_u8(&r);
	read_bytes(&r, 2);
	if (shape->version < TSPDM_V14)
		out->pqc_asym = 0; /* Reserved */
	if (shape->version < TSPDM_V13)
		out->mel_specification = 0; /* Reserved */
	if (shape->version < TSPDM_V12)
		out->other_params = 0; /* Reserved */
	return end_of_length(
		&r, read_lists(&r, shape->version, (unsigned[]){ out->ext_asym_count, out->ext_hash_count },
			    header.param1, &selection_limits, &out->tables));
}

static uint8_t count_tables(const struct tspdm_shape *shape, const struct tspdm_algorithm_tables *tables)
{
	uint8_t count = 0;

	if (shape->version < TSPDM_V11)
		return 0;
	for (unsigned type = 0; type < TSPDM_ALG_TYPES; type++)
		count = (uint8_t)(count + (tables->present >> type & 1U));
	return count;
}

/* DMTF defines no extended algorithms, so none are written. */
static enum tspdm_status check_tables(
	const struct tspdm_shape *shape, const struct tspdm_algorithm_tables *tables, unsigned extended)
{
	if (shape->version < TSPDM_V11 && tables->present != 0)
		return TSPDM_ERR_ARGUMENT;
	if ((tables->present & 3U) != 0 || tables->present >> (last_type(shape->version) + 1) != 0)
		return TSPDM_ERR_ARGUMENT;
	for (unsigned type = 0; type < TSPDM_ALG_TYPES; type++)
		extended += tables->external_count[type];
	return extended != 0 ? TSPDM_ERR_ARGUMENT : TSPDM_OK;
}

static void write_tables(struct tspdm_buffer *w, const struct tspdm_algorithm_tables *tables)
{
	for (unsigned type = 0; type < TSPDM_ALG_TYPES; type++) {
		if ((tables->present & 1U << type) == 0)
			continue;
		write_u8(w, (uint8_t)type);
		write_u8(w, FIXED_ALG_COUNT << 4);
		write_u16(w, tables->supported[type]);
	}
}

enum tspdm_status tspdm_write_negotiate_algorithms(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_negotiate_algorithms *offer)
{
	uint8_t tables = count_tables(shape, &offer->tables);

	TSPDM_TRY(check_tables(shape, &offer->tables, offer->ext_asym_count + (unsigned)offer->ext_hash_count));
	tspdm_wire_put_header(out, shape->version, TSPDM_NEGOTIATE_ALGORITHMS, tables, 0);
	write_u16(out, (uint16_t)(32 + 4 * tables));
	write_u8(out, offer->measurement_specification);
	write_u8(out, shape->version >= TSPDM_V12 ? offer->other_params : 0);
	write_u32(out, offer->base_asym);
	write_u32(out, offer->base_hash);
	write_u32(out, shape->version >= TSPDM_V14 ? offer->pqc_asym : 0);
	write_zeros(out, 8 + 3);
	write_u8(out, shape->version >= TSPDM_V13 ? offer->mel_specification : 0);
	write_tables(out, &offer->tables);
	return write_end(out);
}

enum tspdm_status tspdm_write_algorithms(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_algorithms *selection)
{
	uint8_t tables = count_tables(shape, &selection->tables);

	TSPDM_TRY(check_tables(
		shape, &selection->tables, selection->ext_asym_count + (unsigned)selection->ext_hash_count));
	tspdm_wire_put_header(out, shape->version, TSPDM_ALGORITHMS, tables, 0);
	write_u16(out, (uint16_t)(36 + 4 * tables));
	write_u8(out, selection->measurement_specification);
	write_u8(out, shape->version >= TSPDM_V12 ? selection->other_params : 0);
	write_u32(out, selection->measurement_hash);
	write_u32(out, selection->base_asym);
	write_u32(out, selection->base_hash);
	write_u32(out, shape->version >= TSPDM_V14 ? selection->pqc_asym : 0);
	write_zeros(out, 7);
	write_u8(out, shape->version >= TSPDM_V13 ? selection->mel_specification : 0);
	write_zeros(out, 4);
	write_tables(out, &selection->tables);
	return write_end(out);
}
