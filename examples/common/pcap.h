/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Captures of what was said, in the pcap file format: messages and records as they were framed, records sealed. */
#ifndef EXAMPLES_PCAP_H
#define EXAMPLES_PCAP_H

#include <stdio.h>

#include <tspdm/transport.h>

#include "common.h"

enum pcap_format {
	PCAP_TCP = 0,   /* synthetic IPv4/TCP packets, which every tool opens */
	PCAP_SPDM_DUMP, /* link types 291 and 292, as the public SPDM decoder reads them */
	PCAP_USER,      /* LINKTYPE_USER0 and USER1 */
};

/* The options --pcap and --pcap-format. */
struct pcap_options {
	const char *file; /* NULL: no capture */
	enum pcap_format format;
	bool has_format;
};

/* The value of --pcap-format. */
bool pcap_take_format(struct pcap_options *o, const char *value, char *why);
/* Whether what is said at an endpoint can be captured in the format. */
bool pcap_suits(const struct pcap_options *o, const char *endpoint, char *why);

struct pcap_file;

/* Creates the file, for its owner alone, or empties it. */
bool pcap_create(struct pcap_file **out, const struct pcap_options *o, char *why);
/* NULL is allowed. False: not all that was said could be written. */
bool pcap_close_file(struct pcap_file *file);

/* One connection of a capture. All zero: it is not captured. */
struct pcap_stream {
	struct pcap_file *file;
	const struct tspdm_framing *framing; /* of the TCP stream; NULL before the first message */
	bool is_bare;                        /* DSP0287 frames, without the emulator's header */
	uint16_t port[2];                    /* of the requester, of the responder */
	uint32_t next[2];                    /* sequence numbers */
};

/* @param is_bare  the connection carries DSP0287 frames; else it is an emulator's socket */
void pcap_begin(struct pcap_stream *s, struct pcap_file *file, bool is_bare);
void pcap_message(struct pcap_stream *s, const struct tspdm_binding *binding, bool is_request,
	enum tspdm_message_kind kind, struct tspdm_view message);
void pcap_end(struct pcap_stream *s);

/* ---- pcap_file.c ---- */

enum { PCAP_PACKET_MAX = 262144, PCAP_LINK_ETHERNET = 1 };

/* Where a packet of this size is to be written; NULL: it cannot be kept. */
uint8_t *pcap_room(struct pcap_file *file, size_t len);
/* Writes the packet that was made there. False: its link type is not that of the others. */
bool pcap_write(struct pcap_file *file, uint32_t link_type, size_t len);
/* Says once on standard error that something is missing. */
void pcap_complain(struct pcap_file *file, const char *what);
enum pcap_format pcap_format_of(const struct pcap_file *file);
/* The number of a new connection, from 0. */
unsigned pcap_number(struct pcap_file *file);

/* ---- pcap_tcp.c ---- */

void pcap_tcp_begin(struct pcap_stream *s);
void pcap_tcp_data(struct pcap_stream *s, bool is_request, struct tspdm_view data);
void pcap_tcp_end(struct pcap_stream *s);

#endif
