/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The options that say how many may come, how long they may take, what they may cost, and who may count that. */
#include <string.h>
#include <strings.h>

#include "options.h"

enum {
	CONNECTIONS_MAX = 100000,
	TIMEOUT_MAX_S = 86400,
};

const struct limits limits_default = {
	.connections = 1024,
	.first_s = 10,
	.frame_s = 30,
	.idle_s = 60,
	.memory_mib = 512,
	.grace_s = 5,
};

static bool take_count(uint32_t *out, const char *option, const char *value, uint32_t least, char *why)
{
	unsigned long count;

	if (!take_number(value, least, CONNECTIONS_MAX, &count))
		return refuse(
			why, option, value, least != 0 ? "must be 1 to 100000" : "must be 0 to 100000; 0: no limit");
	*out = (uint32_t)count;
	return true;
}

static bool take_seconds(uint32_t *out, const char *option, const char *value, char *why)
{
	unsigned long seconds;

	if (!take_number(value, 1, TIMEOUT_MAX_S, &seconds))
		return refuse(why, option, value, "must be 1 to 86400 seconds");
	*out = (uint32_t)seconds;
	return true;
}

bool on_max_connections(struct options *o, const char *value, char *why)
{
	o->limits.has_connections = true;
	return take_count(&o->limits.connections, "max-connections", value, 1, why);
}

bool on_max_per_peer(struct options *o, const char *value, char *why)
{
	return take_count(&o->limits.per_peer, "max-per-peer", value, 0, why);
}

bool on_max_handshakes(struct options *o, const char *value, char *why)
{
	return take_count(&o->limits.handshakes, "max-handshakes", value, 0, why);
}

bool on_first_timeout(struct options *o, const char *value, char *why)
{
	return take_seconds(&o->limits.first_s, "first-timeout", value, why);
}

bool on_frame_timeout(struct options *o, const char *value, char *why)
{
	return take_seconds(&o->limits.frame_s, "frame-timeout", value, why);
}

bool on_idle_timeout(struct options *o, const char *value, char *why)
{
	return take_seconds(&o->limits.idle_s, "idle-timeout", value, why);
}

bool on_max_memory(struct options *o, const char *value, char *why)
{
	unsigned long mib;

	if (!take_number(value, 2, 1048576, &mib))
		return refuse(why, "max-memory", value, "must be 2 to 1048576 MiB");
	o->limits.memory_mib = (uint32_t)mib;
	return true;
}

bool on_grace(struct options *o, const char *value, char *why)
{
	unsigned long seconds;

	if (!take_number(value, 0, TIMEOUT_MAX_S, &seconds))
		return refuse(why, "grace", value, "must be 0 to 86400 seconds");
	o->limits.grace_s = (uint32_t)seconds;
	return true;
}

/* A port of its own has to be named: the default one is for SPDM. */
bool on_metrics(struct options *o, const char *value, char *why)
{
	const char *host = strncasecmp(value, "tcp://", strlen("tcp://")) == 0 ? value + strlen("tcp://") : NULL;
	const char *port = host != NULL ? strrchr(host, ':') : NULL;

	if (strncmp(value, "unix:", strlen("unix:")) != 0 && (port == NULL || strchr(port, ']') != NULL))
		return refuse(why, "metrics", value, "must be tcp://ADDRESS:PORT or unix:PATH");
	return take_text(&o->metrics, "metrics", value, why);
}
