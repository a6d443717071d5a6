/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Elements of DER, and the values in them. */
#include "der.h"

#include <limits.h>
#include <string.h>

bool tspdm_der_next(struct tspdm_view *in, struct der *out)
{
	const unsigned char *content = in->ptr;
	long len = 0;
	int form;

	*out = (struct der){ 0 };
	if (in->len == 0 || in->len > INT_MAX / 2)
		return false;
	form = ASN1_get_object(&content, &len, &out->tag, &out->class, (long)in->len);
	if ((form & ~V_ASN1_CONSTRUCTED) != 0) /* 0x80: an error; 0x01: an indefinite length */
		return false;
	out->is_constructed = form == V_ASN1_CONSTRUCTED;
	out->content = (struct tspdm_view){ content, (size_t)len };
	out->whole = (struct tspdm_view){ in->ptr, (size_t)(content - in->ptr) + (size_t)len };
	if (ASN1_object_size(out->is_constructed, (int)len, out->tag) != (int)out->whole.len)
		return false;
	in->ptr += out->whole.len;
	in->len -= out->whole.len;
	return true;
}

bool tspdm_der_take(struct tspdm_view *in, int tag, struct tspdm_view *content)
{
	bool wants_constructed = tag == V_ASN1_SEQUENCE || tag == V_ASN1_SET;
	struct der element;

	if (!tspdm_der_next(in, &element) || element.class != V_ASN1_UNIVERSAL || element.tag != tag ||
		element.is_constructed != wants_constructed)
		return false;
	*content = element.content;
	return true;
}

bool tspdm_der_number(struct tspdm_view content, uint64_t *out)
{
	*out = 0;
	if (content.len == 0 || (content.ptr[0] & 0x80) != 0)
		return false;
	if (content.len > 1 && content.ptr[0] == 0 && (content.ptr[1] & 0x80) == 0)
		return false;
	if (content.len > 8 + (content.ptr[0] == 0 ? 1U : 0U))
		return false;
	for (size_t i = 0; i < content.len; i++)
		*out = *out << 8 | content.ptr[i];
	return true;
}

static uint32_t bit_at(struct tspdm_view bytes, unsigned i)
{
	return bytes.ptr[i / 8] >> (7 - i % 8) & 1U;
}

bool tspdm_der_flags(struct tspdm_view content, uint32_t *out)
{
	struct tspdm_view bytes;
	unsigned unused, bits;

	*out = 0;
	if (content.len == 0 || content.len > 1 + sizeof *out || content.ptr[0] > 7)
		return false;
	unused = content.ptr[0];
	bytes = (struct tspdm_view){ content.ptr + 1, content.len - 1 };
	if (bytes.len == 0)
		return unused == 0;
	bits = (unsigned)bytes.len * 8;
	for (unsigned i = 0; i < bits; i++)
		*out |= bit_at(bytes, i) << i;
	return unused == 0 || *out >> (bits - unused) == 0; /* X.690 "Unused bits": zero */
}

bool tspdm_der_is_utf8(struct tspdm_view content)
{
	while (content.len != 0) {
		unsigned long c;
		int used = UTF8_getc(content.ptr, (int)(content.len < 8 ? content.len : 8), &c);

		if (used <= 0)
			return false;
		content.ptr += used;
		content.len -= (size_t)used;
	}
	return true;
}

bool tspdm_der_equals(struct tspdm_view content, const uint8_t *bytes, size_t len)
{
	return content.len == len && memcmp(content.ptr, bytes, len) == 0;
}
