/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * TCG DICE Attestation Architecture "TCB Info Evidence Extension", "Multiple TCB Info", "UEID": all fields have context
 * tags, ascend, and stand at most once. Devices of before have SEQUENCE { version INTEGER, deviceID SubjectPublicKeyInfo,
 * fwid FWID } under the OID of TcbInfo; its first tag tells the two apart. */
#include "dice.h"

#include "der.h"

enum {
	FIELD_FWIDS = 6,
	FIELD_REGISTERS = 11, /* the last one */
};

const char *tspdm_dice_flag_name(unsigned bit)
{
	static const char *const names[] = { "not_configured", "not_secure", "recovery", "debug",
		"not_replay_protected", "not_integrity_protected", "not_runtime_measured", "not_immutable", "not_tcb" };

	if (bit == 31)
		return "fixed_width";
	return bit < sizeof names / sizeof names[0] ? names[bit] : NULL;
}

/* ---- FWID ---- */

/* 2.16.840.1.101.3.4.2.n: NIST's hashes. */
static const struct known_hash {
	uint8_t last;
	uint32_t hash;
} known_hashes[] = {
	{ 1, TSPDM_HASH_SHA256 },
	{ 2, TSPDM_HASH_SHA384 },
	{ 3, TSPDM_HASH_SHA512 },
	{ 8, TSPDM_HASH_SHA3_256 },
	{ 9, TSPDM_HASH_SHA3_384 },
	{ 10, TSPDM_HASH_SHA3_512 },
};

static uint32_t hash_of(struct tspdm_view oid)
{
	static const uint8_t arc[] = { 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02 };

	if (oid.len != sizeof arc + 1 || !tspdm_der_equals((struct tspdm_view){ oid.ptr, sizeof arc }, arc, sizeof arc))
		return 0;
	for (size_t i = 0; i < sizeof known_hashes / sizeof known_hashes[0]; i++)
		if (known_hashes[i].last == oid.ptr[sizeof arc])
			return known_hashes[i].hash;
	return 0;
}

static bool read_fwid(struct tspdm_view *in, struct tspdm_dice_fwid *out)
{
	struct tspdm_view fwid;

	if (!tspdm_der_take(in, V_ASN1_SEQUENCE, &fwid) || !tspdm_der_take(&fwid, V_ASN1_OBJECT, &out->oid) ||
		!tspdm_der_take(&fwid, V_ASN1_OCTET_STRING, &out->digest) || fwid.len != 0)
		return false;
	if (out->oid.len == 0 || out->digest.len == 0 || out->digest.len > TSPDM_DICE_DIGEST_MAX)
		return false;
	out->hash = hash_of(out->oid);
	return out->hash == 0 || out->digest.len == tspdm_algorithm_size(TSPDM_KIND_HASH, out->hash);
}

static bool read_fwids(struct tspdm_view in, struct tspdm_dice_fwid *out, unsigned *count)
{
	for (*count = 0; in.len != 0; ++*count)
		if (*count == TSPDM_DICE_FWIDS_MAX || !read_fwid(&in, &out[*count]))
			return false;
	return *count != 0; /* SIZE (1..MAX) */
}

/* ---- Integrity registers ---- */

static bool read_register_field(const struct der *field, struct tspdm_dice_register *out)
{
	switch (field->tag) {
	case 0:
		out->name = field->content;
		return !field->is_constructed && tspdm_der_is_utf8(field->content);
	case 1:
		out->has_number = true;
		return !field->is_constructed && tspdm_der_number(field->content, &out->number);
	case 2:
		return field->is_constructed && read_fwids(field->content, out->digests, &out->digest_count);
	default:
		return false;
	}
}

static bool read_register(struct tspdm_view *in, struct tspdm_dice_register *out)
{
	struct tspdm_view fields;
	struct der field;

	if (!tspdm_der_take(in, V_ASN1_SEQUENCE, &fields))
		return false;
	for (int last = -1; fields.len != 0; last = field.tag)
		if (!tspdm_der_next(&fields, &field) || field.class != V_ASN1_CONTEXT_SPECIFIC || field.tag <= last ||
			!read_register_field(&field, out))
			return false;
	return (out->name.len != 0 || out->has_number) && out->digest_count != 0;
}

static bool read_registers(struct tspdm_view in, struct tspdm_dice_tcb_info *out)
{
	for (; in.len != 0; out->register_count++)
		if (out->register_count == TSPDM_DICE_REGISTERS_MAX ||
			!read_register(&in, &out->registers[out->register_count]))
			return false;
	return out->register_count != 0;
}

/* ---- TcbInfo ---- */

static bool take_text(struct tspdm_view content, struct tspdm_view *out)
{
	*out = content;
	return tspdm_der_is_utf8(content);
}

static bool take_number(struct tspdm_view content, bool *has, uint64_t *out)
{
	*has = true;
	return tspdm_der_number(content, out);
}

static bool take_flags(struct tspdm_view content, bool *has, uint32_t *out)
{
	*has = true;
	return tspdm_der_flags(content, out);
}

static bool read_field(const struct der *field, struct tspdm_dice_tcb_info *out)
{
	struct tspdm_view content = field->content;

	if (field->is_constructed != (field->tag == FIELD_FWIDS || field->tag == FIELD_REGISTERS))
		return false;
	switch (field->tag) {
	case 0:
		return take_text(content, &out->vendor);
	case 1:
		return take_text(content, &out->model);
	case 2:
		return take_text(content, &out->version);
	case 3:
		return take_number(content, &out->has_svn, &out->svn);
	case 4:
		return take_number(content, &out->has_layer, &out->layer);
	case 5:
		return take_number(content, &out->has_index, &out->index);
	case FIELD_FWIDS:
		return read_fwids(content, out->fwids, &out->fwid_count);
	case 7:
		return take_flags(content, &out->has_flags, &out->flags);
	case 8:
		out->vendor_info = content;
		return true;
	case 9:
		out->type = content;
		return true;
	case 10:
		return take_flags(content, &out->has_flags_mask, &out->flags_mask);
	case FIELD_REGISTERS:
		return read_registers(content, out);
	default:
		return false;
	}
}

static bool read_tcg(struct tspdm_view fields, struct tspdm_dice_tcb_info *out)
{
	struct der field;

	out->form = TSPDM_DICE_TCG;
	for (int last = -1; fields.len != 0; last = field.tag)
		if (!tspdm_der_next(&fields, &field) || field.class != V_ASN1_CONTEXT_SPECIFIC || field.tag <= last ||
			!read_field(&field, out))
			return false;
	return true;
}

/* The key is only looked at from outside: who needs it has a reader for keys. */
static bool read_composite(struct tspdm_view fields, struct tspdm_dice_tcb_info *out)
{
	struct tspdm_view number;
	uint64_t version;
	struct der key;

	out->form = TSPDM_DICE_COMPOSITE;
	if (!tspdm_der_take(&fields, V_ASN1_INTEGER, &number) || !tspdm_der_number(number, &version) || version != 1)
		return false;
	if (!tspdm_der_next(&fields, &key) || key.class != V_ASN1_UNIVERSAL || key.tag != V_ASN1_SEQUENCE ||
		!key.is_constructed)
		return false;
	out->device_key = key.whole;
	out->fwid_count = 1;
	return read_fwid(&fields, &out->fwids[0]) && fields.len == 0;
}

static bool read_tcb_info(struct tspdm_view *in, struct tspdm_dice *out)
{
	struct tspdm_dice_tcb_info *info = &out->tcb_infos[out->tcb_info_count];
	struct tspdm_view fields;

	if (out->tcb_info_count == TSPDM_DICE_TCB_INFOS_MAX || !tspdm_der_take(in, V_ASN1_SEQUENCE, &fields))
		return false;
	out->tcb_info_count++;
	*info = (struct tspdm_dice_tcb_info){ 0 };
	if (fields.len != 0 && fields.ptr[0] == V_ASN1_INTEGER)
		return read_composite(fields, info);
	return read_tcg(fields, info);
}

bool tspdm_dice_read_tcb_info(struct tspdm_view value, struct tspdm_dice *out)
{
	return read_tcb_info(&value, out) && value.len == 0;
}

bool tspdm_dice_read_multi_tcb_info(struct tspdm_view value, struct tspdm_dice *out)
{
	struct tspdm_view list;

	if (!tspdm_der_take(&value, V_ASN1_SEQUENCE, &list) || value.len != 0 || list.len == 0)
		return false;
	while (list.len != 0)
		if (!read_tcb_info(&list, out))
			return false;
	return true;
}

bool tspdm_dice_read_ueid(struct tspdm_view value, struct tspdm_dice *out)
{
	struct tspdm_view fields;

	return tspdm_der_take(&value, V_ASN1_SEQUENCE, &fields) && value.len == 0 &&
	       tspdm_der_take(&fields, V_ASN1_OCTET_STRING, &out->ueid) && fields.len == 0 && out->ueid.len != 0 &&
	       out->ueid.len <= TSPDM_DICE_UEID_MAX;
}
