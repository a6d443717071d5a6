/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The messages in PCI DOE objects, in MCTP messages, and in the frames of TCP streams (DSP0287, the emulator's socket). */
#include "dump.h"

enum {
	DOE_HEADER = 8,
	DOE_DISCOVERY = 0,
	DOE_SPDM = 1,
	DOE_SECURED = 2,
	MCTP_SPDM = 5,
	MCTP_SECURED = 6,
	TCP_HEADER = 4,
	TCP_VERSION = 1,
	TCP_ROLE_INQUIRY = 0xBF,
	EMULATOR_HEADER = 12,
	EMULATOR_NORMAL = 1,
	FRAME_MAX = 1 << 21,
};

static uint32_t big32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static struct tspdm_view skip(struct tspdm_view bytes, size_t n)
{
	return (struct tspdm_view){ bytes.ptr + n, bytes.len - n };
}

void packet_doe(struct material *m, struct flow *f, struct tspdm_view object, const bool *is_request)
{
	size_t dwords;

	if (object.len < DOE_HEADER) {
		report_problem(m->report, "a DOE object of %zu bytes", object.len);
		report_lost(m->report, object.len);
		return;
	}
	dwords = object.ptr[4] | (size_t)object.ptr[5] << 8 | (size_t)(object.ptr[6] & 3U) << 16;
	if (dwords != object.len / 4 || object.len % 4 != 0)
		report_problem(m->report, "a DOE object of %zu bytes says it has %zu", object.len, 4 * dwords);
	if (object.ptr[2] == DOE_DISCOVERY)
		report_other(m->report, "discovery");
	else if (object.ptr[2] == DOE_SPDM || object.ptr[2] == DOE_SECURED)
		flow_message(f, &tspdm_binding_doe, object.ptr[2] == DOE_SECURED, skip(object, DOE_HEADER), is_request);
	else
		report_other(m->report, "other DOE object");
}

void packet_mctp_message(struct material *m, struct flow *f, struct tspdm_view message, const bool *is_request)
{
	if (message.len == 0) {
		report_problem(m->report, "an empty MCTP message");
		return;
	}
	if (message.ptr[0] == MCTP_SPDM || message.ptr[0] == MCTP_SECURED)
		flow_message(f, &tspdm_binding_mctp, message.ptr[0] == MCTP_SECURED, skip(message, 1), is_request);
	else
		report_other(m->report, "other MCTP message");
}

/* One frame of DSP0287 without what follows. */
static void take_dsp0287(struct material *m, struct flow *f, struct tspdm_view frame, bool is_request)
{
	char name[32];

	if (frame.ptr[3] == MCTP_SPDM || frame.ptr[3] == MCTP_SECURED) {
		flow_message(f, &tspdm_binding_tcp, frame.ptr[3] == MCTP_SECURED, skip(frame, TCP_HEADER), &is_request);
		return;
	}
	snprintf(name, sizeof name, "tcp message 0x%02x", frame.ptr[3]);
	report_other(m->report, name);
}

static size_t dsp0287_len(struct tspdm_view stream)
{
	size_t counted = stream.ptr[0] | (size_t)stream.ptr[1] << 8;

	if (stream.ptr[2] != TCP_VERSION || counted == 1)
		return 0;
	return counted == 0 ? TCP_HEADER : 2 + counted;
}

static void take_emulator(struct material *m, struct flow *f, struct tspdm_view frame, bool is_request)
{
	struct tspdm_view body = skip(frame, EMULATOR_HEADER);
	uint32_t command = big32(frame.ptr);
	char name[32];

	if (command != EMULATOR_NORMAL) {
		snprintf(name, sizeof name, "command 0x%x", (unsigned)command);
		report_other(m->report, name);
		return;
	}
	switch (big32(frame.ptr + 4)) {
	case 0:
		flow_message(f, &tspdm_binding_none, false, body, &is_request);
		break;
	case 1:
		packet_mctp_message(m, f, body, &is_request);
		break;
	case 2:
		packet_doe(m, f, body, &is_request);
		break;
	case 3:
		if (body.len >= TCP_HEADER && dsp0287_len(body) == body.len) {
			take_dsp0287(m, f, body, is_request);
			break;
		}
		/* fall through */
	default:
		report_problem(m->report, "a frame that is none of its transport");
		report_lost(m->report, body.len);
	}
}

/* The length of the frame that begins here; 0: none can. */
static size_t frame_len(struct tspdm_view stream, bool is_emulator)
{
	size_t body;

	if (!is_emulator)
		return dsp0287_len(stream);
	if (stream.ptr[2] == TCP_VERSION && stream.ptr[3] == TCP_ROLE_INQUIRY)
		return TCP_HEADER; /* goes bare before all frames */
	body = big32(stream.ptr + 8);
	return body <= FRAME_MAX ? EMULATOR_HEADER + body : 0;
}

size_t frames_take(struct material *m, struct flow *f, bool is_from_client, bool is_emulator, struct tspdm_view stream)
{
	size_t taken = 0;

	while (stream.len >= (is_emulator ? EMULATOR_HEADER : TCP_HEADER)) {
		size_t len = frame_len(stream, is_emulator);
		struct tspdm_view frame = { stream.ptr, len };

		if (len == 0)
			return SIZE_MAX;
		if (len > stream.len)
			break;
		if (len == TCP_HEADER)
			report_other(m->report, "role inquiry or error");
		else if (is_emulator)
			take_emulator(m, f, frame, is_from_client);
		else
			take_dsp0287(m, f, frame, is_from_client);
		stream = skip(stream, len);
		taken += len;
	}
	return taken;
}
