/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Packets by the link type of the capture: Ethernet, MCTP packets, PCI DOE objects. */
#include <stdlib.h>
#include <string.h>

#include "dump.h"

enum {
	LINK_ETHERNET = 1,
	LINK_RAW = 101,
	LINK_USER0 = 147, /* MCTP */
	LINK_USER1 = 148, /* DOE */
	LINK_MCTP = 291,
	LINK_DOE = 292,
	ETHERNET_HEADER = 14,
	MCTP_HEADER = 4,
	MCTP_START = 0x80,
	MCTP_END = 0x40,
	MCTP_MESSAGE_MAX = 1 << 17,
};

struct links {
	struct material *material;
	int type;
	struct tcp *tcp;
	struct flow *flow;
	bool is_inside; /* an MCTP message of several packets */
	size_t len;
	uint8_t message[MCTP_MESSAGE_MAX];
};

bool links_knows(int link_type)
{
	static const int known[] = { LINK_ETHERNET, LINK_RAW, LINK_USER0, LINK_USER1, LINK_MCTP, LINK_DOE };

	for (size_t i = 0; i < COUNT(known); i++)
		if (known[i] == link_type)
			return true;
	return false;
}

struct links *links_new(struct material *m, int link_type)
{
	struct links *l = calloc(1, sizeof *l);

	if (l == NULL)
		return NULL;
	l->material = m;
	l->type = link_type;
	l->tcp = tcp_new(m);
	l->flow = flow_new(m, 0);
	if (l->tcp != NULL && l->flow != NULL)
		return l;
	links_free(l);
	return NULL;
}

void links_free(struct links *l)
{
	if (l == NULL)
		return;
	tcp_free(l->tcp);
	flow_free(l->flow);
	free(l);
}

static void take_ethernet(struct links *l, struct tspdm_view packet)
{
	if (packet.len < ETHERNET_HEADER || packet.ptr[12] != 8 || packet.ptr[13] != 0) {
		report_other(l->material->report, "no IPv4");
		return;
	}
	tcp_packet(l->tcp, (struct tspdm_view){ packet.ptr + ETHERNET_HEADER, packet.len - ETHERNET_HEADER });
}

static void begin_mctp(struct links *l)
{
	if (l->is_inside) {
		report_problem(l->material->report, "an MCTP message has no end");
		report_lost(l->material->report, l->len);
	}
	l->is_inside = true;
	l->len = 0;
}

static void take_mctp(struct links *l, struct tspdm_view packet)
{
	size_t len = packet.len - MCTP_HEADER;
	uint8_t flags;

	if (packet.len <= MCTP_HEADER) {
		report_problem(l->material->report, "an MCTP packet of %zu bytes", packet.len);
		return;
	}
	flags = packet.ptr[3];
	if ((flags & MCTP_START) != 0)
		begin_mctp(l);
	if (!l->is_inside || len > sizeof l->message - l->len) {
		report_problem(l->material->report, "an MCTP packet that belongs to no message");
		report_lost(l->material->report, len);
		l->is_inside = false;
		return;
	}
	memcpy(l->message + l->len, packet.ptr + MCTP_HEADER, len);
	l->len += len;
	if ((flags & MCTP_END) == 0)
		return;
	l->is_inside = false;
	packet_mctp_message(l->material, l->flow, (struct tspdm_view){ l->message, l->len }, NULL);
}

void links_packet(struct links *l, struct tspdm_view packet)
{
	switch (l->type) {
	case LINK_ETHERNET:
		take_ethernet(l, packet);
		break;
	case LINK_RAW:
		tcp_packet(l->tcp, packet);
		break;
	case LINK_MCTP:
	case LINK_USER0:
		take_mctp(l, packet);
		break;
	default:
		packet_doe(l->material, l->flow, packet, NULL);
	}
}

void links_end(struct links *l)
{
	tcp_end(l->tcp);
	if (l->is_inside)
		begin_mctp(l);
}
