/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The pcap file format: one header that tells the link type, then packets with their times. Whole packets are written, each
 * at once, so that the file can be read while it grows. */
#include "pcap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PCAP_MAGIC = (int)0xA1B2C3D4, FILE_HEADER = 24, PACKET_HEADER = 16, OWNER_ONLY = 0600 };

struct pcap_file {
	FILE *stream;
	const char *path;
	enum pcap_format format;
	uint32_t link_type; /* 0: none yet */
	unsigned connections;
	bool is_broken; /* nothing more can be written */
	bool is_incomplete;
	uint8_t *packet;
};

static void little32(uint8_t *at, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

bool pcap_create(struct pcap_file **out, const struct pcap_options *o, char *why)
{
	struct pcap_file *f = calloc(1, sizeof *f);
	int fd = open(o->file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, OWNER_ONLY);

	*out = f;
	if (f != NULL) {
		f->path = o->file;
		f->format = o->format;
		f->packet = malloc(PACKET_HEADER + PCAP_PACKET_MAX);
		f->stream = fd >= 0 ? fdopen(fd, "wb") : NULL;
	}
	if (f != NULL && f->packet != NULL && f->stream != NULL)
		return true;
	snprintf(why, WHY_MAX, "--pcap %.300s: %s", o->file, strerror(errno));
	if (fd >= 0 && (f == NULL || f->stream == NULL))
		(void)close(fd);
	(void)pcap_close_file(f);
	*out = NULL;
	return false;
}

static void write_bytes(struct pcap_file *f, const uint8_t *bytes, size_t len)
{
	if (f->is_broken)
		return;
	if (fwrite(bytes, 1, len, f->stream) == len && fflush(f->stream) == 0)
		return;
	pcap_complain(f, strerror(errno));
	f->is_broken = true;
}

/* Nanosecond files have another magic; microseconds are what every tool reads. */
static void write_header(struct pcap_file *f, uint32_t link_type)
{
	uint8_t header[FILE_HEADER] = { 0 };

	little32(header, (uint32_t)PCAP_MAGIC);
	header[4] = 2; /* version 2.4 */
	header[6] = 4;
	little32(header + 16, PCAP_PACKET_MAX);
	little32(header + 20, link_type);
	write_bytes(f, header, sizeof header);
	f->link_type = link_type;
}

bool pcap_close_file(struct pcap_file *f)
{
	bool is_good;

	if (f == NULL)
		return true;
	if (f->stream != NULL && f->link_type == 0 && f->format == PCAP_TCP)
		write_header(f, PCAP_LINK_ETHERNET); /* nothing was said: a capture without packets */
	is_good = (f->stream == NULL || fclose(f->stream) == 0) && !f->is_incomplete;
	free(f->packet);
	free(f);
	return is_good;
}

void pcap_complain(struct pcap_file *f, const char *what)
{
	if (!f->is_incomplete)
		fprintf(stderr, "--pcap %s: the capture is not complete: %s\n", f->path, what);
	f->is_incomplete = true;
}

uint8_t *pcap_room(struct pcap_file *f, size_t len)
{
	if (len <= PCAP_PACKET_MAX)
		return f->packet + PACKET_HEADER;
	pcap_complain(f, "a message is larger than packets can be");
	return NULL;
}

bool pcap_write(struct pcap_file *f, uint32_t link_type, size_t len)
{
	struct timespec now = { 0 };

	if (f->link_type == 0)
		write_header(f, link_type);
	if (f->link_type != link_type)
		return false;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	little32(f->packet, (uint32_t)now.tv_sec);
	little32(f->packet + 4, (uint32_t)(now.tv_nsec / 1000));
	little32(f->packet + 8, (uint32_t)len);
	little32(f->packet + 12, (uint32_t)len);
	write_bytes(f, f->packet, PACKET_HEADER + len);
	return true;
}

enum pcap_format pcap_format_of(const struct pcap_file *f)
{
	return f->format;
}

unsigned pcap_number(struct pcap_file *f)
{
	return f->connections++;
}
