/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The fields of messages, for people. What the connection has to be known for is left to the checks. */
#include <tspdm/session_messages.h>

#include "dump.h"

enum { LINE = 16 };

void print_hex(FILE *out, struct tspdm_view bytes)
{
	for (size_t at = 0; at < bytes.len; at += LINE) {
		fprintf(out, "        %04zx ", at);
		for (size_t i = at; i < at + LINE && i < bytes.len; i++)
			fprintf(out, " %02x", bytes.ptr[i]);
		fprintf(out, "\n");
	}
}

static void print_flags(FILE *out, uint32_t flags)
{
	const struct tspdm_capability_name *row;

	fprintf(out, "        flags      ");
	for (unsigned i = 0; (row = tspdm_capability_row(i)) != NULL; i++)
		if ((flags & row->mask) == row->value && row->value != 0)
			fprintf(out, " %s", row->name);
	fprintf(out, "\n");
}

static void print_set(FILE *out, const char *label, enum tspdm_algorithm_kind kind, uint32_t bits)
{
	fprintf(out, "        %-11s", label);
	for (unsigned i = 0; i < 32; i++) {
		const struct tspdm_algorithm *row = tspdm_algorithm_by_bit(kind, bits & UINT32_C(1) << i);

		if (row != NULL)
			fprintf(out, " %s", row->name);
	}
	fprintf(out, "\n");
}

static void print_tables(FILE *out, const struct tspdm_algorithm_tables *tables)
{
	print_set(out, "dhe", TSPDM_KIND_DHE, tables->supported[TSPDM_ALG_DHE]);
	print_set(out, "aead", TSPDM_KIND_AEAD, tables->supported[TSPDM_ALG_AEAD]);
	print_set(out, "req-asym", TSPDM_KIND_ASYM, tables->supported[TSPDM_ALG_REQ_ASYM]);
}

static void print_version(FILE *out, const struct tspdm_seen *seen)
{
	struct tspdm_version_response m;
	size_t used;

	if (tspdm_read_version(seen->message, &m, &used) != TSPDM_OK)
		return;
	fprintf(out, "        versions   ");
	for (unsigned i = 0; i < m.entry_count; i++) {
		uint16_t entry = tspdm_version_entry(&m, i);

		fprintf(out, " %u.%u", entry >> 12, entry >> 8 & 15U);
	}
	fprintf(out, "\n");
}

static void print_capabilities(FILE *out, const struct tspdm_seen *seen)
{
	const struct tspdm_shape shape = { .version = seen->header.version };
	struct tspdm_capabilities m;
	size_t used;
	enum tspdm_status status = seen->header.code == TSPDM_CAPABILITIES
					   ? tspdm_read_capabilities(seen->message, &shape, &m, &used)
					   : tspdm_read_get_capabilities(seen->message, &shape, &m, &used);

	if (status != TSPDM_OK)
		return;
	print_flags(out, m.flags);
	fprintf(out, "        CTExponent  %u\n", m.ct_exponent);
	if (shape.version >= TSPDM_V12)
		fprintf(out, "        sizes       DataTransferSize %u, MaxSPDMmsgSize %u\n",
			(unsigned)m.data_transfer_size, (unsigned)m.max_message_size);
}

static void print_offer(FILE *out, const struct tspdm_seen *seen)
{
	const struct tspdm_shape shape = { .version = seen->header.version };
	struct tspdm_negotiate_algorithms m;
	size_t used;

	if (tspdm_read_negotiate_algorithms(seen->message, &shape, &m, &used) != TSPDM_OK)
		return;
	print_set(out, "asym", TSPDM_KIND_ASYM, m.base_asym);
	print_set(out, "hash", TSPDM_KIND_HASH, m.base_hash);
	print_tables(out, &m.tables);
}

static void print_selection(FILE *out, const struct tspdm_seen *seen)
{
	const struct tspdm_shape shape = { .version = seen->header.version };
	struct tspdm_algorithms m;
	size_t used;

	if (tspdm_read_algorithms(seen->message, &shape, &m, &used) != TSPDM_OK)
		return;
	print_set(out, "asym", TSPDM_KIND_ASYM, m.base_asym);
	print_set(out, "hash", TSPDM_KIND_HASH, m.base_hash);
	print_set(out, "meas-hash", TSPDM_KIND_MEASUREMENT_HASH, m.measurement_hash);
	print_tables(out, &m.tables);
}

static void print_portion(FILE *out, const struct tspdm_seen *seen)
{
	const struct tspdm_shape shape = { .version = seen->header.version };
	struct tspdm_get_certificate ask;
	struct tspdm_certificate m;
	size_t used;

	if (seen->is_request && tspdm_read_get_certificate(seen->message, &shape, &ask, &used) == TSPDM_OK)
		fprintf(out, "        portion     slot %u, offset %u, length %u\n", ask.slot, (unsigned)ask.offset,
			(unsigned)ask.length);
	if (!seen->is_request && tspdm_read_certificate(seen->message, &shape, &m, &used) == TSPDM_OK)
		fprintf(out, "        portion     slot %u, %zu bytes, %u remain\n", m.slot, m.portion.len,
			(unsigned)m.remainder);
}

static void print_update(FILE *out, const struct tspdm_seen *seen)
{
	static const char *const operations[] = { "?", "UpdateKey", "UpdateAllKeys", "VerifyNewKey" };

	fprintf(out, "        operation   %s, tag %u\n",
		seen->header.param1 < COUNT(operations) ? operations[seen->header.param1] : "?", seen->header.param2);
}

static const struct {
	uint8_t code;
	void (*print)(FILE *out, const struct tspdm_seen *seen);
} printers[] = {
	{ TSPDM_VERSION, print_version },
	{ TSPDM_GET_CAPABILITIES, print_capabilities },
	{ TSPDM_CAPABILITIES, print_capabilities },
	{ TSPDM_NEGOTIATE_ALGORITHMS, print_offer },
	{ TSPDM_ALGORITHMS, print_selection },
	{ TSPDM_GET_CERTIFICATE, print_portion },
	{ TSPDM_CERTIFICATE, print_portion },
	{ TSPDM_KEY_UPDATE, print_update },
	{ TSPDM_KEY_UPDATE_ACK, print_update },
};

void print_fields(FILE *out, const struct tspdm_seen *seen)
{
	const struct tspdm_header *h = &seen->header;

	fprintf(out, "        header      version %u.%u, code 0x%02x, param1 0x%02x, param2 0x%02x\n", h->version >> 4,
		h->version & 15U, h->code, h->param1, h->param2);
	for (size_t i = 0; i < COUNT(printers); i++)
		if (printers[i].code == h->code && seen->status == TSPDM_OK)
			printers[i].print(out, seen);
	if (seen->session != NULL && (h->code == TSPDM_KEY_EXCHANGE_RSP || h->code == TSPDM_PSK_EXCHANGE_RSP))
		fprintf(out, "        session     %08x, %s, handshake %s, MutAuthRequested %u\n",
			(unsigned)seen->session->id, seen->session->is_mac_only ? "MAC only" : "encrypted",
			seen->session->is_clear ? "in the clear" : "encrypted", seen->session->mutual_auth);
	if (seen->status == TSPDM_OK && seen->message.len > seen->used)
		fprintf(out, "        padding     %zu bytes\n", seen->message.len - seen->used);
}
