/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * load: attests one endpoint over many connections from one thread, with others in the way, and tells what that took: time,
 * memory and descriptors of both sides. One line of JSON; the exit status is 1 where one of them failed.
 *
 *	load --connections 10000 --at-once 10000 --together --hostile 5000 --attester PID --policy FILE tcp://127.0.0.1:4194 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <malloc.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <tspdm/openssl.h>

#include "load.h"

enum {
	EVENTS = 256,
	TICK_US = 100000,
	TICK_MS = TICK_US / 1000,
	ADDRESSES = 250,  /* of 127.0.0.0/8 that it connects from: ports of one would not suffice */
	CONNECTING = 200, /* not yet negotiated at a time, where all are to be together */
	POLICY_MAX = 65536,
	SPARE_FDS = 64,
	SETTLE_MAX = 100,
};

/* ---- Sockets ---- */

int load_connect(struct load *l)
{
	struct sockaddr_in from = { .sin_family = AF_INET };
	const int on = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + l->sources++ % ADDRESSES);
	(void)setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	if (bind(fd, (const struct sockaddr *)&from, sizeof from) == 0 &&
		(connect(fd, (const struct sockaddr *)&l->o.at, sizeof l->o.at) == 0 || errno == EINPROGRESS))
		return fd;
	close(fd);
	return -1;
}

void load_watch(struct load *l, struct source *s, int fd, uint32_t events, bool is_new)
{
	struct epoll_event event = { .events = events, .data.ptr = s };

	if (epoll_ctl(l->epoll, is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event) != 0)
		abort(); /* the descriptor is a socket, and its state is known */
}

/* ---- Figures ---- */

struct figures {
	long rss_kib, peak_kib, fds;
};

static long read_status(pid_t pid, const char *name)
{
	char path[64], line[256];
	long value = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	f = fopen(path, "r");
	while (f != NULL && fgets(line, sizeof line, f) != NULL)
		if (strncmp(line, name, strlen(name)) == 0)
			value = strtol(line + strlen(name), NULL, 10);
	if (f != NULL)
		fclose(f);
	return value;
}

static long count_fds(pid_t pid)
{
	char path[64];
	long count = 0;
	DIR *d;

	snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
	d = opendir(path);
	for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;)
		count += e->d_name[0] != '.';
	if (d != NULL)
		closedir(d);
	return count;
}

static void forget_peak(pid_t pid)
{
	char path[64];
	int fd;

	snprintf(path, sizeof path, "/proc/%d/clear_refs", (int)pid);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd >= 0) {
		(void)!write(fd, "5", 1);
		close(fd);
	}
}

static struct figures take_figures(pid_t pid, long wanted_fds)
{
	/* of connections that were closed a moment ago the attester may not have heard yet */
	for (unsigned i = 0; i < SETTLE_MAX && wanted_fds != 0 && count_fds(pid) > wanted_fds; i++)
		usleep(TICK_US);
	return (struct figures){ read_status(pid, "VmRSS:"), read_status(pid, "VmHWM:"), count_fds(pid) };
}

static void print_figures(const char *who, struct figures before, struct figures after)
{
	printf("\"%s\": {\"rss_kib\": [%ld, %ld], \"peak_kib\": %ld, \"fds\": [%ld, %ld]}, ", who, before.rss_kib,
		after.rss_kib, after.peak_kib, before.fds, after.fds);
}

/* ---- The loop ---- */

static void open_more(struct load *l)
{
	if (tspdm_now_us() < l->not_before_us)
		return;
	for (unsigned i = 0; i < l->o.at_once && l->begun < l->o.connections; i++) {
		if (l->o.is_together && l->begun - l->connected - l->failed >= CONNECTING)
			return;
		if (l->clients[i] == NULL && !client_open(l, &l->clients[i]))
			return;
	}
}

static void tick(struct load *l, uint64_t *next_us)
{
	uint64_t now_us = tspdm_now_us();

	if (now_us < *next_us)
		return;
	*next_us = now_us + TICK_US;
	hostile_tick(l);
	for (unsigned i = 0; i < l->o.at_once; i++)
		if (l->clients[i] != NULL)
			client_tick(l->clients[i], now_us);
}

static void turn(struct load *l)
{
	struct epoll_event events[EVENTS];
	int n = epoll_wait(l->epoll, events, EVENTS, TICK_MS);

	for (int i = 0; i < n; i++) {
		struct source *s = events[i].data.ptr;

		s->on_ready(s, events[i].events);
	}
}

/* All are there that will be: those that waited for the rest go on. */
static void release(struct load *l)
{
	for (unsigned i = 0; i < l->o.at_once; i++)
		if (l->clients[i] != NULL && client_is_held(l->clients[i]))
			client_release(l->clients[i]);
}

static void attest_all(struct load *l)
{
	bool is_released = !l->o.is_together;
	uint64_t next_us = 0;

	/* those in the way come first */
	for (uint64_t until_us = tspdm_now_us() + (uint64_t)l->o.patience_s * 1000000;
		l->hostile_begun < l->o.hostile && tspdm_now_us() < until_us; turn(l))
		hostile_tick(l);
	while (l->finished < l->o.connections) {
		if (l->begun < l->o.connections)
			open_more(l);
		turn(l);
		tick(l, &next_us);
		if (!is_released && l->connected + l->failed >= l->o.connections) {
			is_released = true;
			release(l);
		}
	}
}

/* Hostile ones go on being in the way, of others. */
static void hold(struct load *l)
{
	uint64_t until_us = tspdm_now_us() + (uint64_t)l->o.hold_s * 1000000;

	fflush(stdout);
	for (; tspdm_now_us() < until_us; turn(l))
		hostile_tick(l);
}

/* Connects and forgets it, so that nothing is made for the first time later. */
static void warm_up(struct load *l)
{
	unsigned connections = l->o.connections;

	l->o.connections = l->o.warm_up;
	attest_all(l);
	l->o.connections = connections;
	l->begun = l->connected = l->finished = l->open_max = 0;
	l->took_sum_us = l->took_max_us = 0;
}

/* ---- Command line ---- */

_Noreturn static void fail(const char *what)
{
	fprintf(stderr, "load: %s\n", what);
	exit(2);
}

static void take_endpoint(struct options *o, const char *url)
{
	char host[64];
	unsigned port;

	o->is_tls = strncmp(url, "tls://", 6) == 0;
	if ((!o->is_tls && strncmp(url, "tcp://", 6) != 0) || sscanf(url + 6, "%63[0-9.]:%u", host, &port) != 2)
		fail("the endpoint is tcp://ADDRESS:PORT or tls://ADDRESS:PORT");
	o->at.sin_family = AF_INET;
	o->at.sin_port = htons((uint16_t)port);
	if (inet_pton(AF_INET, host, &o->at.sin_addr) != 1)
		fail("no IPv4 address");
}

static enum depth depth_of(const char *name)
{
	static const char *const names[] = { "connect", "attest", "session" };

	for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(name, names[i]) == 0)
			return (enum depth)i;
	fail("--depth is connect, attest or session");
	return DEPTH_CONNECT;
}

static void check_options(const struct options *o)
{
	if (o->connections == 0 || o->at_once == 0 || o->patience_s == 0)
		fail("--connections, --at-once and --patience are at least 1");
	if (o->is_together && (o->at_once < o->connections || o->warm_up != 0))
		fail("--together goes with as many --at-once, and without --warm-up");
	if (o->depth != DEPTH_CONNECT && o->policy == NULL)
		fail("--policy is needed but for --depth connect");
}

/* Options that are numbers by their place, the others by a letter. */
static void take_options(struct options *o, int argc, char **argv)
{
	unsigned attester = 0;
	unsigned *const numbers[] = { &o->connections, &o->at_once, &o->hostile, &o->patience_s, &o->warm_up, &attester,
		&o->again, &o->hold_s };
	static const struct option options[] = { { "connections", 1, NULL, 0 }, { "at-once", 1, NULL, 1 },
		{ "hostile", 1, NULL, 2 }, { "patience", 1, NULL, 3 }, { "warm-up", 1, NULL, 4 },
		{ "attester", 1, NULL, 5 }, { "again", 1, NULL, 6 }, { "hold", 1, NULL, 7 }, { "depth", 1, NULL, 'd' },
		{ "policy", 1, NULL, 'p' }, { "together", 0, NULL, 't' }, { 0 } };

	*o = (struct options){ .connections = 1, .at_once = 1, .depth = DEPTH_ATTEST, .patience_s = 300 };
	for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		if (option == 'd')
			o->depth = depth_of(optarg);
		else if (option == 'p')
			o->policy = optarg;
		else if (option == 't')
			o->is_together = true;
		else if (option < (int)(sizeof numbers / sizeof *numbers))
			*numbers[option] = (unsigned)strtoul(optarg, NULL, 10);
		else
			fail("unknown option");
	}
	o->attester = (pid_t)attester;
	if (argc - optind != 1)
		fail("one endpoint is needed");
	take_endpoint(o, argv[optind]);
	check_options(o);
}

static void raise_limit(unsigned wanted)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		fail("RLIMIT_NOFILE");
	limit.rlim_cur = wanted + SPARE_FDS;
	if (limit.rlim_max < limit.rlim_cur)
		limit.rlim_max = limit.rlim_cur; /* which root may */
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
		fail("the system does not allow so many descriptors (ulimit -Hn)");
}

static void read_policy(struct load *l)
{
	static uint8_t text[POLICY_MAX];
	char why[256] = "cannot be read";
	FILE *f = l->o.policy != NULL ? fopen(l->o.policy, "rb") : NULL;
	struct tspdm_view json = { text, f != NULL ? fread(text, 1, sizeof text, f) : 0 };

	if (f != NULL)
		fclose(f);
	if (l->o.policy != NULL && tspdm_policy_read(json, &l->policy, why, sizeof why) != TSPDM_OK)
		fail(why);
}

static void make(struct load *l)
{
	const struct tspdm_tls_config tls = { .size = sizeof tls };

	raise_limit(l->o.at_once + l->o.hostile);
	read_policy(l);
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	l->clients = calloc(l->o.at_once, sizeof(struct client *));
	if (l->epoll < 0 || l->clients == NULL || !hostile_open(l) || tspdm_openssl_new(&l->crypto) != TSPDM_OK ||
		(l->o.is_tls && tspdm_tls_context_new(&tls, &l->tls, NULL) != TSPDM_OK))
		fail("memory");
}

static void end(struct load *l)
{
	for (unsigned i = 0; i < l->o.at_once; i++)
		if (l->clients[i] != NULL)
			client_close(l->clients[i]);
	hostile_close(l);
	close(l->epoll);
	free(l->clients);
	tspdm_policy_free(l->policy);
	tspdm_tls_context_free(l->tls);
	tspdm_openssl_free(l->crypto);
}

static void print_outcome(const struct load *l, uint64_t took_us)
{
	printf("\"seconds\": %.2f, \"connections\": %u, \"failed\": %u, \"refused\": %u, \"why\": \"%s\", "
	       "\"open_at_once\": %u, "
	       "\"slowest_s\": %.2f, \"mean_s\": %.3f, \"hostile\": {\"open\": %u, \"closed\": %u, \"answers\": %u}}\n",
		(double)took_us / 1e6, l->finished, l->failed, l->refused, l->why, l->open_max,
		(double)l->took_max_us / 1e6, (double)l->took_sum_us / 1e6 / l->finished, l->hostile_open,
		l->hostile_closed, l->hostile_answered);
}

int main(int argc, char **argv)
{
	static struct load l;
	struct figures mine, theirs, mine_after, theirs_after;
	uint64_t begun_us, took_us;
	size_t heap, heap_after;
	long fds;

	take_options(&l.o, argc, argv);
	make(&l);
	fds = l.o.hostile == 0 ? count_fds(l.o.attester) : 0;
	warm_up(&l);
	mine = take_figures(getpid(), 0);
	theirs = take_figures(l.o.attester, fds);
	forget_peak(l.o.attester);
	heap = mallinfo2().uordblks;
	begun_us = tspdm_now_us();
	attest_all(&l);
	took_us = tspdm_now_us() - begun_us;
	heap_after = mallinfo2().uordblks;
	mine_after = take_figures(getpid(), 0);
	theirs_after = take_figures(l.o.attester, l.o.is_together ? 0 : fds);
	printf("{\"heap\": [%zu, %zu], ", heap, heap_after);
	print_figures("verifier", mine, mine_after);
	print_figures("attester", theirs, theirs_after);
	print_outcome(&l, took_us);
	hold(&l);
	end(&l);
	return l.failed != 0;
}
