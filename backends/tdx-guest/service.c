/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The conversation with the host's quote generation service: one connection, one request, one response. The host is not
 * trusted, so lengths are looked at before they are believed, and the time is limited however it trickles. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "internal.h"

enum { CONNECT_MAX_MS = 5000 }; /* it is on this very machine: whether it is there is known at once */

static const char service[] = "the quote generation service";

/* ---- Connecting ---- */

/* A service that is not there now may be restarting, but only one that was there before is worth waiting for. */
enum tspdm_status tspdm_qgs_connect(struct tspdm_tdx_request *q, int *out)
{
	const struct tspdm_tdx_source *source = q->source;
	uint32_t timeout_ms = source->timeout_ms < CONNECT_MAX_MS ? source->timeout_ms : CONNECT_MAX_MS;
	char whose[64];
	const char *why;

	*out = source->calls.connect_service(source->cid, source->port, timeout_ms);
	if (*out >= 0)
		return TSPDM_OK;
	snprintf(whose, sizeof whose, "%s at vsock://%u:%u", service, (unsigned)source->cid, (unsigned)source->port);
	switch (errno) {
	case ECONNRESET:
	case ECONNREFUSED:
		why = "nobody listens there on the host";
		break;
	case ETIMEDOUT:
		why = "the host does not answer";
		break;
	case ENODEV:
	case EAFNOSUPPORT:
	case ENETUNREACH:
	case EADDRNOTAVAIL:
		why = "this guest has no vsock device";
		break;
	default:
		why = "no connection";
		break;
	}
	return tspdm_tdx_refuse(q, whose, why, errno, errno == ECONNRESET || errno == ECONNREFUSED || errno == EINTR);
}

/* ---- Bytes ---- */

static enum tspdm_status fail(struct tspdm_tdx_request *q, const char *why, int error)
{
	(void)tspdm_tdx_refuse(q, service, why, error, error == EINTR || error == ECONNRESET || error == EPIPE);
	return TSPDM_ERR_EVIDENCE_SOURCE;
}

/* Until the connection is ready, or the time for the whole answer is over. */
static enum tspdm_status await(struct tspdm_tdx_request *q, int fd, bool to_write)
{
	for (;;) {
		uint64_t now = tspdm_worker_now();
		int ready;

		if (now >= q->patience_us)
			return fail(q, "did not answer in time", 0);
		ready = q->source->calls.wait(fd, to_write, (uint32_t)((q->patience_us - now) / 1000) + 1);
		if (ready > 0)
			return TSPDM_OK;
		if (ready < 0 && errno != EINTR)
			return fail(q, "the connection failed", errno);
	}
}

static bool is_to_wait(int error)
{
	return error == EAGAIN || error == EINTR;
}

static enum tspdm_status send_all(struct tspdm_tdx_request *q, int fd, struct tspdm_view bytes)
{
	while (bytes.len != 0) {
		ssize_t sent;

		TSPDM_TRY(await(q, fd, true));
		sent = q->source->calls.write_file(fd, bytes.ptr, bytes.len);
		if (sent < 0 && is_to_wait(errno))
			continue;
		if (sent <= 0)
			return fail(q, "the connection failed", sent < 0 ? errno : 0);
		bytes.ptr += sent;
		bytes.len -= (size_t)sent;
	}
	return TSPDM_OK;
}

static enum tspdm_status receive_all(struct tspdm_tdx_request *q, int fd, uint8_t *out, size_t len)
{
	while (len != 0) {
		ssize_t got;

		TSPDM_TRY(await(q, fd, false));
		got = q->source->calls.read_file(fd, out, len);
		if (got < 0 && is_to_wait(errno))
			continue;
		if (got < 0)
			return fail(q, "the connection failed", errno);
		if (got == 0)
			return tspdm_tdx_refuse(q, service, "closed the connection before it answered", 0, true);
		out += got;
		len -= (size_t)got;
	}
	return TSPDM_OK;
}

/* ---- Messages ---- */

static void put_frame(uint8_t *at, uint32_t len)
{
	for (unsigned i = 0; i < QGS_FRAME_LEN; i++)
		at[i] = (uint8_t)(len >> (8 * (QGS_FRAME_LEN - 1 - i)));
}

static enum tspdm_status send_request(struct tspdm_tdx_request *q, int fd, const uint8_t *report)
{
	uint8_t bytes[QGS_FRAME_LEN + QGS_REQUEST_LEN];
	struct tspdm_buffer w = { bytes, sizeof bytes, QGS_FRAME_LEN };

	put_frame(bytes, QGS_REQUEST_LEN);
	write_u16(&w, QGS_MAJOR);
	write_u16(&w, QGS_MINOR);
	write_u32(&w, QGS_GET_QUOTE);
	write_u32(&w, QGS_REQUEST_LEN);
	write_u32(&w, 0);
	write_u32(&w, TDX_REPORT_LEN);
	write_u32(&w, 0); /* no ids: any attestation key will do */
	write_view(&w, (struct tspdm_view){ report, TDX_REPORT_LEN });
	return send_all(q, fd, tspdm_buffer_view(&w));
}

/* Takes one frame off the connection. `out` is malloc()ed. */
static enum tspdm_status receive_frame(struct tspdm_tdx_request *q, int fd, struct tspdm_buffer *out)
{
	uint8_t frame[QGS_FRAME_LEN];
	uint32_t len;

	TSPDM_TRY(receive_all(q, fd, frame, sizeof frame));
	len = (uint32_t)frame[0] << 24 | (uint32_t)frame[1] << 16 | (uint32_t)frame[2] << 8 | frame[3];
	if (len < QGS_HEADER_LEN || len > QGS_MESSAGE_MAX)
		return fail(q, "answers with a message of an impossible size", 0);
	*out = (struct tspdm_buffer){ malloc(len), len, 0 };
	if (out->ptr == NULL)
		return fail(q, "out of memory", 0);
	TSPDM_TRY(receive_all(q, fd, out->ptr, len));
	out->len = len;
	return TSPDM_OK;
}

static enum tspdm_status read_response(struct tspdm_tdx_request *q, struct tspdm_view message, struct tspdm_view *quote)
{
	struct reader r = reader_of(message);
	uint16_t major = read_u16(&r);
	uint32_t type, size, error, id_len, quote_len;
	char why[64];

	(void)read_u16(&r); /* minor version: only adds */
	type = read_u32(&r);
	size = read_u32(&r);
	error = read_u32(&r);
	if (major != QGS_MAJOR || type != QGS_QUOTE || size != message.len)
		return fail(q, "answers with something else than a quote", 0);
	if (error != 0) {
		snprintf(why, sizeof why, "refuses with its error 0x%x", (unsigned)error);
		return fail(q, why, 0);
	}
	id_len = read_u32(&r);
	quote_len = read_u32(&r);
	(void)read_view(&r, id_len);
	*quote = read_view(&r, quote_len);
	if (read_end(&r) != TSPDM_OK || quote->len == 0)
		return fail(q, "answers with sizes that contradict each other", 0);
	return TSPDM_OK;
}

/* The quote stands alone in `out` afterwards. */
static enum tspdm_status take_quote(struct tspdm_tdx_request *q, struct tspdm_buffer *out)
{
	struct tspdm_view quote = { NULL, 0 };

	TSPDM_TRY(read_response(q, tspdm_buffer_view(out), &quote));
	memmove(out->ptr, quote.ptr, quote.len);
	out->len = quote.len;
	return TSPDM_OK;
}

enum tspdm_status tspdm_qgs_quote(struct tspdm_tdx_request *q, const uint8_t *report, struct tspdm_buffer *out)
{
	enum tspdm_status status;
	int fd;

	TSPDM_TRY(tspdm_qgs_connect(q, &fd));
	q->patience_us = tspdm_worker_now() + (uint64_t)q->source->timeout_ms * 1000;
	status = send_request(q, fd, report);
	if (status == TSPDM_OK)
		status = receive_frame(q, fd, out);
	(void)q->source->calls.close_file(fd);
	return status == TSPDM_OK ? take_quote(q, out) : status;
}
