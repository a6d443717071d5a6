/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * DSP0277 and DSP0274 "General opaque data format", and DSP0277 "Secured message opaque element data format": how the sides
 * of a session agree on a version of DSP0277. */
#include <tspdm/session_messages.h>

#include "wire/wire.h"

enum {
	SPEC_ID = 0x444D5446,
	OPAQUE_VERSION = 1,
	ALIGNMENT = 4,
	ELEMENT_OVERHEAD = 4, /* ID, VendorLen, OpaqueElementDataLen */
	ID_DMTF = 0,
	SM_DATA_VERSION = 1,
	SM_SELECTED = 0,
	SM_SUPPORTED = 1,
	SM_AEAD_LIMIT = 2,
};

/* AlignPadding: elements are counted from their own beginning, which is aligned in its container. */
static size_t padding_of(size_t len)
{
	return (ALIGNMENT - len % ALIGNMENT) % ALIGNMENT;
}

/* What stands before the elements. DSP0277 1.0: SpecID, OpaqueVersion, TotalElements, two reserved bytes; from SPDM 1.2 on
 * TotalElements, three reserved bytes. */
static enum tspdm_status read_container(struct reader *r, const struct tspdm_shape *shape, uint8_t *count)
{
	uint32_t spec_id = SPEC_ID;
	uint8_t version = OPAQUE_VERSION;
	bool has_id = shape->version < TSPDM_V12;

	if (has_id) {
		spec_id = read_u32(r);
		version = read_u8(r);
	}
	*count = read_u8(r);
	read_bytes(r, has_id ? 2 : 3);
	if (r->failed)
		return TSPDM_ERR_TRUNCATED;
	return spec_id == SPEC_ID && version == OPAQUE_VERSION ? TSPDM_OK : TSPDM_ERR_FIELD;
}

enum tspdm_status tspdm_read_opaque(struct tspdm_view opaque, const struct tspdm_shape *shape, struct tspdm_opaque *out)
{
	struct reader r = reader_of(opaque);
	struct tspdm_opaque_element element;
	struct tspdm_view left;

	*out = (struct tspdm_opaque){ 0 };
	if (shape->version < TSPDM_V11)
		return TSPDM_ERR_ARGUMENT;
	if (opaque.len > TSPDM_OPAQUE_MAX || opaque.len % ALIGNMENT != 0)
		return TSPDM_ERR_LENGTH;
	TSPDM_TRY(read_container(&r, shape, &out->count));
	out->elements = read_view(&r, r.left);
	left = out->elements;
	for (unsigned i = 0; i < out->count; i++)
		TSPDM_TRY(tspdm_next_opaque_element(&left, &element));
	return left.len == 0 ? TSPDM_OK : TSPDM_ERR_TRAILING;
}

enum tspdm_status tspdm_next_opaque_element(struct tspdm_view *elements, struct tspdm_opaque_element *out)
{
	struct reader r = reader_of(*elements);

	*out = (struct tspdm_opaque_element){ 0 };
	out->id = read_u8(&r);
	out->vendor_id = read_view(&r, read_u8(&r));
	out->data = read_view(&r, read_u16(&r));
	read_bytes(&r, padding_of(elements->len - r.left));
	if (r.failed)
		return TSPDM_ERR_TRUNCATED;
	if (out->id == ID_DMTF && out->vendor_id.len != 0)
		return TSPDM_ERR_LENGTH;
	*elements = (struct tspdm_view){ r.next, r.left };
	return TSPDM_OK;
}

static void put_container(struct tspdm_buffer *w, const struct tspdm_shape *shape, uint8_t count)
{
	bool has_id = shape->version < TSPDM_V12;

	if (has_id) {
		write_u32(w, SPEC_ID);
		write_u8(w, OPAQUE_VERSION);
	}
	write_u8(w, count);
	write_zeros(w, has_id ? 2 : 3);
}

enum tspdm_status tspdm_write_opaque_header(struct tspdm_buffer *out, const struct tspdm_shape *shape, uint8_t count)
{
	if (shape->version < TSPDM_V11)
		return TSPDM_ERR_ARGUMENT;
	put_container(out, shape, count);
	return write_end(out);
}

enum tspdm_status tspdm_write_opaque_element(struct tspdm_buffer *out, const struct tspdm_opaque_element *element)
{
	if (element->vendor_id.len > TSPDM_VENDOR_ID_MAX || element->data.len > TSPDM_OPAQUE_MAX ||
		(element->id == ID_DMTF && element->vendor_id.len != 0))
		return TSPDM_ERR_ARGUMENT;
	write_u8(out, element->id);
	write_u8(out, (uint8_t)element->vendor_id.len);
	write_view(out, element->vendor_id);
	write_u16(out, (uint16_t)element->data.len);
	write_view(out, element->data);
	write_zeros(out, padding_of(ELEMENT_OVERHEAD + element->vendor_id.len + element->data.len));
	return write_end(out);
}

/* What the elements of the DMTF say; the rest is skipped. */
struct agreement {
	unsigned lists, selections, limits; /* how many there were */
	struct tspdm_view list;
	uint16_t selected;
	uint8_t limit;
};

/* One element of the DMTF. The sizes of those that are known are exact. */
static enum tspdm_status read_sm_data(struct tspdm_view data, struct agreement *a)
{
	struct reader r = reader_of(data);
	uint8_t version = read_u8(&r);
	uint8_t id = read_u8(&r);

	if (r.failed)
		return TSPDM_ERR_LENGTH;
	if (version != SM_DATA_VERSION)
		return TSPDM_ERR_FIELD;
	if (id > SM_AEAD_LIMIT)
		return TSPDM_OK;
	if (id == SM_SELECTED) {
		a->selected = read_u16(&r);
		a->selections++;
	} else if (id == SM_SUPPORTED) {
		a->list = read_view(&r, 2 * (size_t)read_u8(&r));
		a->lists++;
	} else {
		a->limit = read_u8(&r);
		a->limits++;
	}
	return read_end(&r) == TSPDM_OK ? TSPDM_OK : TSPDM_ERR_LENGTH;
}

static enum tspdm_status read_agreement(
	struct tspdm_view opaque, const struct tspdm_shape *shape, struct agreement *out)
{
	struct tspdm_opaque container;
	struct tspdm_opaque_element element;

	*out = (struct agreement){ .limit = TSPDM_AEAD_LIMIT_NONE };
	TSPDM_TRY(tspdm_read_opaque(opaque, shape, &container));
	for (unsigned i = 0; i < container.count; i++) {
		TSPDM_TRY(tspdm_next_opaque_element(&container.elements, &element));
		if (element.id == ID_DMTF)
			TSPDM_TRY(read_sm_data(element.data, out));
	}
	return out->limits <= 1 && out->limit <= TSPDM_AEAD_LIMIT_NONE ? TSPDM_OK : TSPDM_ERR_FIELD;
}

enum tspdm_status tspdm_read_supported_versions(
	struct tspdm_view opaque, const struct tspdm_shape *shape, struct tspdm_supported_versions *out)
{
	struct agreement a;

	*out = (struct tspdm_supported_versions){ 0 };
	TSPDM_TRY(read_agreement(opaque, shape, &a));
	if (a.lists != 1)
		return TSPDM_ERR_FIELD;
	if (a.list.len == 0)
		return TSPDM_ERR_LENGTH;
	*out = (struct tspdm_supported_versions){ (uint8_t)(a.list.len / 2), a.list, a.limit };
	return TSPDM_OK;
}

uint16_t tspdm_supported_version(const struct tspdm_supported_versions *offer, unsigned i)
{
	struct reader r = reader_of(offer->list);

	if (i >= offer->count)
		return 0;
	read_bytes(&r, 2 * (size_t)i);
	return read_u16(&r);
}

enum tspdm_status tspdm_read_selected_version(
	struct tspdm_view opaque, const struct tspdm_shape *shape, struct tspdm_selected_version *out)
{
	struct agreement a;

	*out = (struct tspdm_selected_version){ 0 };
	TSPDM_TRY(read_agreement(opaque, shape, &a));
	if (a.selections != 1)
		return TSPDM_ERR_FIELD;
	*out = (struct tspdm_selected_version){ a.selected, a.limit };
	return TSPDM_OK;
}

/* The frame of an element of the DMTF, up to its SMDataID; the data follow. @returns the padding that ends it */
static size_t put_sm_head(struct tspdm_buffer *w, uint8_t id, size_t data_len)
{
	size_t len = 2 + data_len;

	write_u8(w, ID_DMTF);
	write_u8(w, 0);
	write_u16(w, (uint16_t)len);
	write_u8(w, SM_DATA_VERSION);
	write_u8(w, id);
	return padding_of(ELEMENT_OVERHEAD + len);
}

static void put_limit(struct tspdm_buffer *w, uint8_t limit)
{
	size_t padding;

	if (limit == TSPDM_AEAD_LIMIT_NONE)
		return;
	padding = put_sm_head(w, SM_AEAD_LIMIT, 1);
	write_u8(w, limit);
	write_zeros(w, padding);
}

/* Begins a container of one element, or two with a limit. */
static enum tspdm_status begin_agreement(struct tspdm_buffer *w, const struct tspdm_shape *shape, uint8_t limit)
{
	if (shape->version < TSPDM_V11 || limit > TSPDM_AEAD_LIMIT_NONE)
		return TSPDM_ERR_ARGUMENT;
	put_container(w, shape, limit == TSPDM_AEAD_LIMIT_NONE ? 1 : 2);
	return TSPDM_OK;
}

enum tspdm_status tspdm_write_supported_versions(struct tspdm_buffer *out, const struct tspdm_shape *shape,
	const uint16_t *versions, uint8_t count, uint8_t aead_limit)
{
	size_t padding;

	if (count == 0)
		return TSPDM_ERR_ARGUMENT;
	TSPDM_TRY(begin_agreement(out, shape, aead_limit));
	padding = put_sm_head(out, SM_SUPPORTED, 1 + 2 * (size_t)count);
	write_u8(out, count);
	for (unsigned i = 0; i < count; i++)
		write_u16(out, versions[i]);
	write_zeros(out, padding);
	put_limit(out, aead_limit);
	return write_end(out);
}

enum tspdm_status tspdm_write_selected_version(
	struct tspdm_buffer *out, const struct tspdm_shape *shape, const struct tspdm_selected_version *selection)
{
	size_t padding;

	TSPDM_TRY(begin_agreement(out, shape, selection->aead_limit));
	padding = put_sm_head(out, SM_SELECTED, 2);
	write_u16(out, selection->version);
	write_zeros(out, padding);
	put_limit(out, selection->aead_limit);
	return write_end(out);
}
