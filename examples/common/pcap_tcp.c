/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Synthetic packets: a connection as TCP over IPv4 over Ethernet (RFC 9293, RFC 791), whatever carried it in truth. The
 * addresses are those that RFC 5737 keeps for documentation. */
#include "pcap.h"

#include <string.h>

enum {
	SPDM_PORT = 4194,
	EMULATOR_PORT = 2323,
	FIRST_CLIENT_PORT = 49152,
	CLIENT_PORTS = 16384,
	ETHERNET = 14,
	IP = 20,
	TCP = 20,
	HEADERS = ETHERNET + IP + TCP,
	SEGMENT_MAX = 16384,
	FIN = 0x01,
	SYN = 0x02,
	PSH = 0x08,
	ACK = 0x10,
	PROTOCOL_TCP = 6,
	FIRST_SEQUENCE = 1000,
};

static const uint8_t addresses[2][4] = { { 192, 0, 2, 1 }, { 192, 0, 2, 2 } };

static void big16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void big32(uint8_t *at, uint32_t value)
{
	big16(at, value >> 16);
	big16(at + 2, value & 0xFFFFU);
}

/* RFC 1071: the sum of 16-bit words, an odd byte padded with zero. */
static uint32_t sum_of(uint32_t sum, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
	if (len % 2 != 0)
		sum += (uint32_t)bytes[len - 1] << 8;
	return sum;
}

static uint32_t checksum_of(uint32_t sum)
{
	while (sum >> 16 != 0)
		sum = (sum & 0xFFFFU) + (sum >> 16);
	return ~sum & 0xFFFFU;
}

/* Locally administered addresses that end in the end's number. */
static void write_ethernet(uint8_t *at, unsigned from)
{
	memset(at, 0, ETHERNET);
	at[0] = at[6] = 2;
	at[5] = (uint8_t)(2 - from);
	at[11] = (uint8_t)(from + 1);
	big16(at + 12, 0x0800);
}

static void write_ip(uint8_t *at, unsigned from, size_t len)
{
	memset(at, 0, IP);
	at[0] = 0x45;
	big16(at + 2, (uint32_t)(IP + len));
	big16(at + 6, 0x4000); /* not to be fragmented */
	at[8] = 64;
	at[9] = PROTOCOL_TCP;
	memcpy(at + 12, addresses[from], 4);
	memcpy(at + 16, addresses[1 - from], 4);
	big16(at + 10, checksum_of(sum_of(0, at, IP)));
}

static void write_tcp(const struct pcap_stream *s, uint8_t *at, unsigned from, uint8_t flags, size_t data_len)
{
	size_t len = TCP + data_len;
	uint32_t sum = PROTOCOL_TCP + (uint32_t)len;

	memset(at, 0, TCP);
	big16(at, s->port[from]);
	big16(at + 2, s->port[1 - from]);
	big32(at + 4, s->next[from]);
	if ((flags & ACK) != 0)
		big32(at + 8, s->next[1 - from]);
	at[12] = TCP / 4 << 4;
	at[13] = flags;
	big16(at + 14, 0xFFFF);
	sum = sum_of(sum_of(sum, addresses[0], 4), addresses[1], 4);
	big16(at + 16, checksum_of(sum_of(sum, at, len)));
}

static void write_segment(struct pcap_stream *s, unsigned from, uint8_t flags, struct tspdm_view data)
{
	uint8_t *at = pcap_room(s->file, HEADERS + data.len);

	if (at == NULL)
		return;
	if (data.len != 0)
		memcpy(at + HEADERS, data.ptr, data.len);
	write_ethernet(at, from);
	write_ip(at + ETHERNET, from, TCP + data.len);
	write_tcp(s, at + ETHERNET + IP, from, flags, data.len);
	(void)pcap_write(s->file, PCAP_LINK_ETHERNET, HEADERS + data.len);
	s->next[from] += (uint32_t)data.len + ((flags & (SYN | FIN)) != 0);
}

void pcap_tcp_begin(struct pcap_stream *s)
{
	const struct tspdm_view none = { NULL, 0 };

	s->port[0] = (uint16_t)(FIRST_CLIENT_PORT + pcap_number(s->file) % CLIENT_PORTS);
	s->port[1] = s->is_bare ? SPDM_PORT : EMULATOR_PORT;
	s->next[0] = s->next[1] = FIRST_SEQUENCE;
	write_segment(s, 0, SYN, none);
	write_segment(s, 1, SYN | ACK, none);
	write_segment(s, 0, ACK, none);
}

void pcap_tcp_data(struct pcap_stream *s, bool is_request, struct tspdm_view data)
{
	while (data.len != 0) {
		size_t len = data.len < SEGMENT_MAX ? data.len : SEGMENT_MAX;

		write_segment(s, is_request ? 0 : 1, (uint8_t)(ACK | (len == data.len ? PSH : 0)),
			(struct tspdm_view){ data.ptr, len });
		data.ptr += len;
		data.len -= len;
	}
}

void pcap_tcp_end(struct pcap_stream *s)
{
	const struct tspdm_view none = { NULL, 0 };

	write_segment(s, 0, FIN | ACK, none);
	write_segment(s, 1, FIN | ACK, none);
	write_segment(s, 0, ACK, none);
}
