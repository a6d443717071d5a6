/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * DSP0274 "DIGESTS response", "GET_CERTIFICATE request", "CERTIFICATE response". */
#include "wire/wire.h"

enum { LARGE = 0x80, SLOT_MASK = 0x0F };

static bool is_listed(const struct tspdm_digests *digests, unsigned slot)
{
	return (digests->provisioned_slots & 1U << slot) != 0;
}

static bool has_key_pairs(const struct tspdm_shape *shape)
{
	return shape->version >= TSPDM_V13 && shape->multi_key;
}

/* Behind the digests of a multi-key connection: KeyPairID, CertificateInfo, KeyUsageMask, each for all slots in turn.
 */
static void read_key_pairs(struct reader *r, struct tspdm_digests *out)
{
	for (unsigned slot = 0; slot < TSPDM_SLOTS; slot++)
		if (is_listed(out, slot))
			out->key_pair_id[slot] = read_u8(r);
	for (unsigned slot = 0; slot < TSPDM_SLOTS; slot++)
		if (is_listed(out, slot))
			out->certificate_info[slot] = read_u8(r);
	for (unsigned slot = 0; slot < TSPDM_SLOTS; slot++)
		if (is_listed(out, slot))
			out->key_usage[slot] = read_u16(r);
}

static void write_key_pairs(struct tspdm_buffer *w, const struct tspdm_digests *digests)
{
	for (unsigned slot = 0; slot < TSPDM_SLOTS; slot++)
		if (is_listed(digests, slot))
			write_u8(w, digests->key_pair_id[slot]);
	for (unsigned slot = 0; slot < TSPDM_SLOTS; slot++)
		if (is_listed(digests, slot))
			write_u8(w, digests->certificate_info[slot]);
	for (unsigned slot = 0; slot < TSPDM_SLOTS; slot++)
		if (is_listed(digests, slot))
			write_u16(w, digests->key_usage[slot]);
}

enum tspdm_status tspdm_read_digests(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_digests *out, size_t *used)
{
	struct tspdm_header header;
	struct reader r;

	*out = (struct tspdm_digests){ 0 };
	TSPDM_TRY(tspdm_wire_begin(&r, message, TSPDM_DIGESTS, &header));
	out->supported_slots = shape->version >= TSPDM_V13 ? header.param1 : 0;
	out->provisioned_slots = header.param2;
	for (unsigned slot = 0; slot < TSPDM_SLOTS; slot++)
		if (is_listed(out, slot))
			out->digest[slot] = read_view(&r, shape->hash_len);
	if (has_key_pairs(shape))
		read_key_pairs(&r, out);
	return wire_finish(&r, message, shape, used);
}

enum tspdm_status tspdm_write_digests(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_digests *digests)
{
	uint8_t supported = shape->version >= TSPDM_V13 ? digests->supported_slots : 0;

	for (unsigned slot = 0; slot < TSPDM_SLOTS; slot++)
		if (!wire_has_len(digests->digest[slot], is_listed(digests, slot) ? shape->hash_len : 0))
			return TSPDM_ERR_ARGUMENT;
	tspdm_wire_put_header(out, shape->version, TSPDM_DIGESTS, supported, digests->provisioned_slots);
	for (unsigned slot = 0; slot < TSPDM_SLOTS; slot++)
		write_view(out, digests->digest[slot]);
	if (has_key_pairs(shape))
		write_key_pairs(out, digests);
	return write_end(out);
}

enum tspdm_status tspdm_read_get_certificate(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_get_certificate *out, size_t *used)
{
	struct tspdm_header header;
	struct reader r;

	*out = (struct tspdm_get_certificate){ 0 };
	TSPDM_TRY(tspdm_wire_begin(&r, message, TSPDM_GET_CERTIFICATE, &header));
	out->slot = header.param1 & SLOT_MASK;
	out->is_large = shape->version >= TSPDM_V14 && (header.param1 & LARGE) != 0;
	out->size_requested = shape->version >= TSPDM_V13 && (header.param2 & 1U) != 0;
	out->offset = read_u16(&r);
	out->length = read_u16(&r);
	if (out->is_large) {
		out->offset = read_u32(&r);
		out->length = read_u32(&r);
	}
	return wire_finish(&r, message, shape, used);
}

enum tspdm_status tspdm_write_get_certificate(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_get_certificate *request)
{
	bool is_large = shape->version >= TSPDM_V14 && request->is_large;
	uint8_t param2 = shape->version >= TSPDM_V13 && request->size_requested ? 1 : 0;

	if (request->slot > SLOT_MASK || request->is_large != is_large ||
		(!is_large && (request->offset > UINT16_MAX || request->length > UINT16_MAX)))
		return TSPDM_ERR_ARGUMENT;
	tspdm_wire_put_header(
		out, shape->version, TSPDM_GET_CERTIFICATE, (uint8_t)(request->slot | (is_large ? LARGE : 0)), param2);
	write_u16(out, is_large ? 0 : (uint16_t)request->offset);
	write_u16(out, is_large ? 0 : (uint16_t)request->length);
	if (is_large) {
		write_u32(out, request->offset);
		write_u32(out, request->length);
	}
	return write_end(out);
}

enum tspdm_status tspdm_read_certificate(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_certificate *out, size_t *used)
{
	struct tspdm_header header;
	struct reader r;
	uint32_t portion_len;

	*out = (struct tspdm_certificate){ 0 };
	TSPDM_TRY(tspdm_wire_begin(&r, message, TSPDM_CERTIFICATE, &header));
	out->slot = header.param1 & SLOT_MASK;
	out->is_large = shape->version >= TSPDM_V14 && (header.param1 & LARGE) != 0;
	out->certificate_info = shape->version >= TSPDM_V13 ? header.param2 & 7U : 0;
	portion_len = read_u16(&r);
	out->remainder = read_u16(&r);
	if (out->is_large) {
		portion_len = read_u32(&r);
		out->remainder = read_u32(&r);
	}
	out->portion = read_view(&r, portion_len);
	return wire_finish(&r, message, shape, used);
}

enum tspdm_status tspdm_write_certificate(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_certificate *certificate)
{
	bool is_large = shape->version >= TSPDM_V14 && certificate->is_large;
	uint8_t info = shape->version >= TSPDM_V13 ? certificate->certificate_info & 7U : 0;
	size_t portion_len = certificate->portion.len;

	if (certificate->slot > SLOT_MASK || certificate->is_large != is_large || portion_len > UINT32_MAX ||
		(!is_large && (portion_len > UINT16_MAX || certificate->remainder > UINT16_MAX)))
		return TSPDM_ERR_ARGUMENT;
	tspdm_wire_put_header(
		out, shape->version, TSPDM_CERTIFICATE, (uint8_t)(certificate->slot | (is_large ? LARGE : 0)), info);
	write_u16(out, is_large ? 0 : (uint16_t)portion_len);
	write_u16(out, is_large ? 0 : (uint16_t)certificate->remainder);
	if (is_large) {
		write_u32(out, (uint32_t)portion_len);
		write_u32(out, certificate->remainder);
	}
	if (certificate->portion.ptr != NULL)
		write_view(out, certificate->portion);
	else
		write_space(out, portion_len);
	return write_end(out);
}
