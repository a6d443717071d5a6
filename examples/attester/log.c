/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The log: lines of text or of JSON on standard error, each written at once. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "attester.h"

enum { SECOND_US = 1000000 };

static struct {
	enum log_level most;
	bool is_json;
} settings = { LOG_INFO, false };

static const char *const level_names[] = { "error", "warn", "info", "debug", "notice" };

void log_setup(enum log_level most, bool is_json)
{
	settings.most = most;
	settings.is_json = is_json;
}

bool log_wants(enum log_level level)
{
	return level <= settings.most || level == LOG_ALWAYS;
}

/* RFC 3339 with milliseconds. */
static void print_time(char *out, size_t cap)
{
	struct timespec now;
	struct tm utc;
	size_t used;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	used = strftime(out, cap, "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(out + used, cap - used, ".%03ldZ", now.tv_nsec / 1000000);
}

static void print_json(enum log_level level, const char *event, json_t *fields, const char *message)
{
	char when[40];
	json_t *line;
	char *text = NULL;

	print_time(when, sizeof when);
	line = json_pack(
		"{ss ss ss ss}", "time", when, "level", level_names[level], "event", event, "message", message);
	if (line != NULL && fields != NULL)
		(void)json_object_update(line, fields);
	if (line != NULL)
		text = json_dumps(line, JSON_COMPACT);
	if (text != NULL)
		fprintf(stderr, "%s\n", text);
	free(text);
	json_decref(line);
}

/* Nothing that a peer chose may steer the terminal or begin a line. */
static void make_safe(char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7F)
			*text = '?';
}

void log_line(enum log_level level, const char *event, json_t *fields, const char *format, ...)
{
	char message[2048];
	va_list args;

	if (log_wants(level)) {
		va_start(args, format);
		vsnprintf(message, sizeof message, format, args);
		va_end(args);
		make_safe(message);
		if (settings.is_json)
			print_json(level, event, fields, message);
		else
			fprintf(stderr, "%s\n", message);
		fflush(stderr);
	}
	json_decref(fields);
}

bool log_may(struct log_brake *brake, unsigned *held_back)
{
	unsigned most = brake->most != 0 ? brake->most : 1;
	uint64_t now_us = tspdm_now_us();

	*held_back = 0;
	if (now_us >= brake->until_us) {
		*held_back = brake->held_back;
		*brake = (struct log_brake){ .most = most, .until_us = now_us + SECOND_US };
	}
	if (brake->written == most) {
		brake->held_back++;
		return false;
	}
	brake->written++;
	return true;
}
