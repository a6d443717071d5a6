/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The public face of the framings: checks arguments and hands on to the framing's own functions. */
#include "framing.h"

#include "base/cursor.h"

void tspdm_framer_init(struct tspdm_framer *framer, const struct tspdm_framing *framing, bool is_listener)
{
	*framer = (struct tspdm_framer){ .framing = framing, .is_listener = is_listener };
}

const struct tspdm_binding *tspdm_framer_binding(const struct tspdm_framer *framer)
{
	return framer->framing->envelope != NULL ? framer->framing->envelope->binding : NULL;
}

enum tspdm_status tspdm_framer_open(struct tspdm_framer *framer, struct tspdm_buffer *out)
{
	if (framer->is_swapped && framer->framing != &tspdm_framing_dsp0287)
		return TSPDM_ERR_UNSUPPORTED; /* the others have no way to tell the roles */
	if ((framer->is_listener && !framer->is_swapped) || framer->framing->open == NULL)
		return TSPDM_OK;
	return framer->framing->open(framer, out);
}

enum tspdm_status tspdm_framer_close(struct tspdm_framer *framer, struct tspdm_buffer *out)
{
	if (framer->is_listener || framer->framing->close == NULL)
		return TSPDM_OK;
	return framer->framing->close(framer, out);
}

enum tspdm_status tspdm_framer_pull(
	struct tspdm_framer *framer, struct tspdm_view *stream, size_t max, struct tspdm_frame *frame)
{
	memset(frame, 0, sizeof *frame);
	if (stream->len == 0)
		return TSPDM_AGAIN;
	return framer->framing->pull(framer, stream, max, frame);
}

enum tspdm_status tspdm_framer_wrap(
	struct tspdm_framer *framer, enum tspdm_message_kind kind, struct tspdm_view message, struct tspdm_buffer *out)
{
	const struct tspdm_envelope *envelope = framer->framing->envelope;

	if (envelope == NULL)
		return TSPDM_ERR_STATE;
	if (message.len == 0)
		return TSPDM_ERR_ARGUMENT;
	if (kind != TSPDM_KIND_PLAIN && !envelope->has_secured)
		return TSPDM_ERR_UNSUPPORTED;
	if (message.len > envelope->max_body)
		return TSPDM_ERR_TOO_LARGE;
	return framer->framing->wrap(framer, kind, message, out);
}
