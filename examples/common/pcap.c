/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What a message looks like in a capture: a frame of a TCP stream, an MCTP packet, or a DOE object. */
#include "pcap.h"

#include <stdlib.h>
#include <string.h>

enum {
	LINK_USER0 = 147, /* MCTP */
	LINK_USER1 = 148, /* DOE */
	LINK_MCTP = 291,
	LINK_DOE = 292,
	EMULATOR_HEADER = 12,
	MCTP_HEADER = 4,
	MCTP_VERSION = 1,
	MCTP_SINGLE = 0xC0, /* first packet and last */
	MCTP_TAG_OWNER = 0x08,
	REQUESTER_EID = 8,
	RESPONDER_EID = 9,
};

bool pcap_take_format(struct pcap_options *o, const char *value, char *why)
{
	static const char *const names[] = { "tcp", "spdm-dump", "user" };

	for (size_t i = 0; i < COUNT(names); i++)
		if (strcmp(names[i], value) == 0) {
			o->format = (enum pcap_format)i;
			o->has_format = true;
			return true;
		}
	return refuse(why, "pcap-format", value, "must be tcp, spdm-dump or user");
}

bool pcap_suits(const struct pcap_options *o, const char *endpoint, char *why)
{
	/* "emu://" may turn out to be either */
	static const char *const schemes[] = { "emu+mctp://", "emu+doe://", "emu://" };

	if (o->file == NULL || o->format == PCAP_TCP)
		return true;
	for (size_t i = 0; i < COUNT(schemes); i++)
		if (strncmp(endpoint, schemes[i], strlen(schemes[i])) == 0)
			return true;
	snprintf(why, WHY_MAX, "%.200s: only MCTP and DOE have link types; take --pcap-format tcp", endpoint);
	return false;
}

void pcap_begin(struct pcap_stream *s, struct pcap_file *file, bool is_bare)
{
	*s = (struct pcap_stream){ .file = file, .is_bare = is_bare };
}

/* ---- TCP ---- */

static const struct tspdm_framing *emulator_framing(const struct tspdm_binding *binding)
{
	if (tspdm_binding_is(binding, &tspdm_binding_mctp))
		return &tspdm_framing_emu_mctp;
	if (tspdm_binding_is(binding, &tspdm_binding_doe))
		return &tspdm_framing_emu_doe;
	return tspdm_binding_is(binding, &tspdm_binding_tcp) ? &tspdm_framing_emu_tcp : &tspdm_framing_emu_none;
}

/* The frame goes on the heap: NULL where memory is short. */
static uint8_t *frame(const struct tspdm_framing *framing, enum tspdm_message_kind kind, struct tspdm_view message,
	struct tspdm_buffer *out)
{
	struct tspdm_framer framer;

	*out = (struct tspdm_buffer){ .cap = message.len + TSPDM_FRAME_OVERHEAD };
	out->ptr = malloc(out->cap);
	tspdm_framer_init(&framer, framing, true);
	if (out->ptr != NULL && tspdm_framer_wrap(&framer, kind, message, out) == TSPDM_OK)
		return out->ptr;
	free(out->ptr);
	return NULL;
}

static void write_stream(struct pcap_stream *s, const struct tspdm_binding *binding, bool is_request,
	enum tspdm_message_kind kind, struct tspdm_view message)
{
	struct tspdm_buffer framed;
	uint8_t *bytes;

	if (s->framing == NULL) {
		s->framing = s->is_bare ? &tspdm_framing_dsp0287 : emulator_framing(binding);
		pcap_tcp_begin(s);
	}
	bytes = frame(s->framing, kind, message, &framed);
	if (bytes != NULL)
		pcap_tcp_data(s, is_request, tspdm_buffer_view(&framed));
	else
		pcap_complain(s->file, "a message could not be framed");
	free(bytes);
}

/* ---- Link types of their own ---- */

/* What the emulator's socket carries behind its header is what such a packet has, behind MCTP's own. */
static void write_packet(struct pcap_stream *s, const struct tspdm_binding *binding, bool is_request,
	enum tspdm_message_kind kind, struct tspdm_view message)
{
	bool is_mctp = tspdm_binding_is(binding, &tspdm_binding_mctp), is_user = pcap_format_of(s->file) == PCAP_USER;
	uint32_t link_type = is_mctp ? (is_user ? LINK_USER0 : LINK_MCTP) : (is_user ? LINK_USER1 : LINK_DOE);
	size_t head = is_mctp ? MCTP_HEADER : 0, len;
	struct tspdm_buffer framed;
	uint8_t *bytes = frame(emulator_framing(binding), kind, message, &framed), *at;

	len = bytes != NULL ? head + framed.len - EMULATOR_HEADER : 0;
	at = pcap_room(s->file, len);
	if (bytes != NULL && at != NULL) {
		const uint8_t header[MCTP_HEADER] = { MCTP_VERSION, is_request ? RESPONDER_EID : REQUESTER_EID,
			is_request ? REQUESTER_EID : RESPONDER_EID, MCTP_SINGLE | (is_request ? MCTP_TAG_OWNER : 0) };

		memcpy(at, header, head);
		memcpy(at + head, bytes + EMULATOR_HEADER, len - head);
		if (!pcap_write(s->file, link_type, len))
			pcap_complain(s->file, "it has one link type, and MCTP and DOE are two");
	}
	free(bytes);
}

void pcap_message(struct pcap_stream *s, const struct tspdm_binding *binding, bool is_request,
	enum tspdm_message_kind kind, struct tspdm_view message)
{
	if (s->file == NULL || message.len == 0)
		return;
	if (pcap_format_of(s->file) == PCAP_TCP)
		write_stream(s, binding, is_request, kind, message);
	else if (tspdm_binding_is(binding, &tspdm_binding_mctp) || tspdm_binding_is(binding, &tspdm_binding_doe))
		write_packet(s, binding, is_request, kind, message);
	else
		pcap_complain(s->file, "only MCTP and DOE have link types");
}

void pcap_end(struct pcap_stream *s)
{
	if (s->file != NULL && s->framing != NULL)
		pcap_tcp_end(s);
	*s = (struct pcap_stream){ 0 };
}
