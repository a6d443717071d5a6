/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * A bad link between two network namespaces, for kernels without the netem queueing discipline: a TUN device in each, and
 * between them delay, jitter, loss, reordering, duplication and a rate, from a seed. IPv4 is carried, the rest dropped.
 *
 *	bad-link [options] NAMESPACE ADDRESS NAMESPACE ADDRESS		NAMESPACE: a path as /proc/PID/ns/net
 *
 * Says "ready" once both devices are up and works until its standard input ends, or SIGTERM; then it prints what happened to the
 * packets of each direction. SIGUSR1 makes the link black: all is dropped, without a word to anybody. SIGUSR2 undoes that. The
 * devices are this process's, and go with it however it ends. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define DEVICE "link0"
#define MTU 1500
#define QUEUE_CAP 2000 /* packets under way, both directions together */
#define SECOND_NS 1000000000ULL

/* What befalls packets, in the words of tc-netem(8). */
struct profile {
	uint64_t delay_ns, jitter_ns; /* each way; jitter is uniform, to either side */
	double loss, reordered,
		duplicated;   /* fractions; a reordered packet is sent at once, before those that are delayed */
	uint64_t rate;        /* bits for each second and direction; 0: any */
	uint64_t black_after; /* packets, after which the link is black; 0: never */
	uint64_t seed;
};

struct packet {
	uint64_t due, order; /* of those due at one time the first that came goes first */
	unsigned to;
	size_t len;
	uint8_t bytes[MTU];
};

struct counters {
	unsigned long packets, bytes, delivered, lost, blacked, overflowed, duplicated, reordered, foreign;
};

struct link {
	struct profile profile;
	int fd[2];
	struct packet *queue[QUEUE_CAP]; /* a heap, soonest first; behind it the free ones */
	unsigned queued;
	uint64_t order, carried, random;
	uint64_t busy_until[2]; /* of each direction, by its rate */
	struct counters counters[2];
};

static volatile sig_atomic_t is_black, is_over;

static void on_signal(int number)
{
	if (number == SIGTERM || number == SIGINT)
		is_over = 1;
	else
		is_black = number == SIGUSR1;
}

static void fail(const char *what)
{
	fprintf(stderr, "bad-link: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * SECOND_NS + (uint64_t)t.tv_nsec;
}

/* ---- Chance ---- */

/* Marsaglia's xorshift64*: the same seed gives the same link. From 0 to below 1. */
static double chance(struct link *l)
{
	l->random ^= l->random >> 12;
	l->random ^= l->random << 25;
	l->random ^= l->random >> 27;
	return (double)(l->random * 0x2545f4914f6cdd1dULL >> 11) / 9007199254740992.0;
}

/* ---- The queue ---- */

static bool is_sooner(const struct packet *a, const struct packet *b)
{
	return a->due != b->due ? a->due < b->due : a->order < b->order;
}

static void swap(struct link *l, unsigned a, unsigned b)
{
	struct packet *p = l->queue[a];

	l->queue[a] = l->queue[b];
	l->queue[b] = p;
}

/* The packet behind the heap joins it. */
static void push(struct link *l)
{
	unsigned at = l->queued++;

	l->queue[at]->order = l->order++;
	for (; at != 0 && is_sooner(l->queue[at], l->queue[(at - 1) / 2]); at = (at - 1) / 2)
		swap(l, at, (at - 1) / 2);
}

/* The soonest leaves it, and stands behind it. */
static struct packet *pop(struct link *l)
{
	unsigned at = 0, child;

	swap(l, 0, --l->queued);
	while ((child = 2 * at + 1) < l->queued) {
		if (child + 1 < l->queued && is_sooner(l->queue[child + 1], l->queue[child]))
			child++;
		if (!is_sooner(l->queue[child], l->queue[at]))
			break;
		swap(l, at, child);
		at = child;
	}
	return l->queue[l->queued];
}

static bool allocate(struct link *l)
{
	struct packet *packets = calloc(QUEUE_CAP, sizeof *packets);

	for (unsigned i = 0; packets != NULL && i < QUEUE_CAP; i++)
		l->queue[i] = &packets[i];
	return packets != NULL;
}

/* ---- Packets ---- */

/* When the packet's last bit has left, by the rate: those before it go first. */
static uint64_t leaves(struct link *l, unsigned from, size_t len, uint64_t now)
{
	uint64_t *busy = &l->busy_until[from];

	if (l->profile.rate == 0)
		return now;
	*busy = (*busy > now ? *busy : now) + (uint64_t)len * 8 * SECOND_NS / l->profile.rate;
	return *busy;
}

static uint64_t delay(const struct link *l, double where)
{
	double jitter = (double)l->profile.jitter_ns * (2 * where - 1);

	return (double)l->profile.delay_ns + jitter > 0 ? (uint64_t)((double)l->profile.delay_ns + jitter) : 0;
}

static void enqueue(struct link *l, unsigned from, const uint8_t *bytes, size_t len, uint64_t due)
{
	struct packet *p = l->queued < QUEUE_CAP ? l->queue[l->queued] : NULL;

	if (p == NULL) {
		l->counters[from].overflowed++;
		return;
	}
	p->due = due;
	p->to = 1 - from;
	p->len = len;
	memcpy(p->bytes, bytes, len);
	push(l);
}

/* Decides what becomes of a packet. Each takes the same draws, so that one packet's fate does not shift the others'. */
static void admit(struct link *l, unsigned from, const uint8_t *bytes, size_t len)
{
	const struct profile *p = &l->profile;
	struct counters *c = &l->counters[from];
	bool is_lost = chance(l) < p->loss, is_reordered = chance(l) < p->reordered,
	     is_twice = chance(l) < p->duplicated;
	double where = chance(l);
	uint64_t due = leaves(l, from, len, now_ns());

	c->packets++;
	c->bytes += len;
	if (p->black_after != 0 && ++l->carried > p->black_after)
		is_black = 1;
	if (is_black) {
		c->blacked++;
		return;
	}
	c->lost += is_lost;
	if (!is_lost) {
		c->reordered += is_reordered;
		enqueue(l, from, bytes, len, due + (is_reordered ? 0 : delay(l, where)));
	}
	if (is_twice) { /* as netem, which loses one of the two */
		c->duplicated++;
		enqueue(l, from, bytes, len, due + delay(l, 1 - where));
	}
}

static void receive(struct link *l, unsigned from)
{
	uint8_t bytes[MTU];
	ssize_t len;

	while ((len = read(l->fd[from], bytes, sizeof bytes)) > 0)
		if (bytes[0] >> 4 == 4)
			admit(l, from, bytes, (size_t)len);
		else
			l->counters[from].foreign++;
}

/* What is due arrives, unless the link has become black meanwhile. */
static void deliver(struct link *l)
{
	uint64_t now = now_ns();

	while (l->queued != 0 && l->queue[0]->due <= now) {
		struct packet *p = pop(l);
		struct counters *c = &l->counters[1 - p->to];

		if (is_black)
			c->blacked++;
		else if (write(l->fd[p->to], p->bytes, p->len) == (ssize_t)p->len)
			c->delivered++;
		else
			c->overflowed++;
	}
}

/* ---- Devices ---- */

static void configure(int at, struct ifreq *request, const char *address)
{
	struct sockaddr_in in = { .sin_family = AF_INET };

	if (inet_pton(AF_INET, address, &in.sin_addr) != 1) {
		errno = EINVAL;
		fail(address);
	}
	memcpy(&request->ifr_addr, &in, sizeof in);
	if (ioctl(at, SIOCSIFADDR, request) != 0)
		fail("address");
	in.sin_addr.s_addr = htonl(0xffffff00); /* both ends are in one /24 */
	memcpy(&request->ifr_netmask, &in, sizeof in);
	if (ioctl(at, SIOCSIFNETMASK, request) != 0)
		fail("netmask");
	request->ifr_mtu = MTU;
	if (ioctl(at, SIOCSIFMTU, request) != 0)
		fail("MTU");
	request->ifr_flags = IFF_UP | IFF_RUNNING | IFF_POINTOPOINT | IFF_NOARP;
	if (ioctl(at, SIOCSIFFLAGS, request) != 0)
		fail("bringing the device up");
}

/* A device in another namespace, which this process enters for that and does not leave: a TUN device stays where it was made. */
static int open_device(const char *namespace, const char *address)
{
	struct ifreq request = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	int there = open(namespace, O_RDONLY | O_CLOEXEC), fd, at;

	if (there < 0 || setns(there, CLONE_NEWNET) != 0)
		fail(namespace);
	close(there);
	fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	memcpy(request.ifr_name, DEVICE, sizeof DEVICE);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &request) != 0)
		fail("/dev/net/tun");
	at = socket(AF_INET, SOCK_DGRAM, 0);
	if (at < 0)
		fail("socket");
	configure(at, &request, address);
	close(at);
	return fd;
}

/* ---- Command line ---- */

static uint64_t milliseconds(const char *text)
{
	return (uint64_t)(strtod(text, NULL) * 1e6);
}

static void usage(void)
{
	fputs("usage: bad-link [--delay MS] [--jitter MS] [--loss %] [--reorder %] [--duplicate %] [--rate KBIT/S]\n"
	      "            [--black-after PACKETS] [--seed N] NAMESPACE ADDRESS NAMESPACE ADDRESS\n",
		stderr);
	exit(2);
}

static void take_options(struct profile *p, int argc, char **argv)
{
	static const struct option options[] = { { "delay", 1, NULL, 'd' }, { "jitter", 1, NULL, 'j' },
		{ "loss", 1, NULL, 'l' }, { "reorder", 1, NULL, 'o' }, { "duplicate", 1, NULL, 'u' },
		{ "rate", 1, NULL, 'r' }, { "black-after", 1, NULL, 'b' }, { "seed", 1, NULL, 's' }, { 0 } };

	for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;)
		switch (option) {
		case 'd':
			p->delay_ns = milliseconds(optarg);
			break;
		case 'j':
			p->jitter_ns = milliseconds(optarg);
			break;
		case 'l':
			p->loss = strtod(optarg, NULL) / 100;
			break;
		case 'o':
			p->reordered = strtod(optarg, NULL) / 100;
			break;
		case 'u':
			p->duplicated = strtod(optarg, NULL) / 100;
			break;
		case 'r':
			p->rate = strtoull(optarg, NULL, 10) * 1000;
			break;
		case 'b':
			p->black_after = strtoull(optarg, NULL, 10);
			break;
		case 's':
			p->seed = strtoull(optarg, NULL, 10);
			break;
		default:
			usage();
		}
	if (argc - optind != 4)
		usage();
}

static void print(const struct counters *c, const char *direction)
{
	printf("%s: packets %lu, bytes %lu, delivered %lu, lost %lu, duplicated %lu, reordered %lu, overflowed %lu, "
	       "dropped while black %lu, not IPv4 %lu\n",
		direction, c->packets, c->bytes, c->delivered, c->lost, c->duplicated, c->reordered, c->overflowed,
		c->blacked, c->foreign);
}

/* Signals arrive in ppoll() alone. */
static void take_signals(sigset_t *before)
{
	static const int numbers[] = { SIGTERM, SIGINT, SIGUSR1, SIGUSR2 };
	struct sigaction action = { .sa_handler = on_signal };
	sigset_t all;

	sigemptyset(&all);
	for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		sigaddset(&all, numbers[i]);
		sigaction(numbers[i], &action, NULL);
	}
	sigprocmask(SIG_BLOCK, &all, before);
}

static void work(struct link *l, const sigset_t *mask)
{
	struct pollfd ready[] = { { .fd = l->fd[0], .events = POLLIN }, { .fd = l->fd[1], .events = POLLIN },
		{ .fd = STDIN_FILENO, .events = POLLIN } };
	uint8_t ignored[64];

	while (!is_over) {
		uint64_t now = now_ns(), due = l->queued != 0 ? l->queue[0]->due : now + 3600 * SECOND_NS;
		uint64_t left = due > now ? due - now : 0;
		struct timespec wait = { (time_t)(left / SECOND_NS), (long)(left % SECOND_NS) };

		if (ppoll(ready, 3, &wait, mask) < 0)
			continue; /* a signal */
		for (unsigned from = 0; from < 2; from++)
			if (ready[from].revents != 0)
				receive(l, from);
		if (ready[2].revents != 0 && read(STDIN_FILENO, ignored, sizeof ignored) <= 0)
			break;
		deliver(l);
	}
}

int main(int argc, char **argv)
{
	static struct link l;
	sigset_t before;

	take_options(&l.profile, argc, argv);
	l.random = l.profile.seed * 2 + 1; /* which is never 0 */
	if (!allocate(&l))
		fail("memory");
	take_signals(&before);
	for (unsigned i = 0; i < 2; i++)
		l.fd[i] = open_device(argv[optind + 2 * (int)i], argv[optind + 2 * (int)i + 1]);
	puts("ready");
	fflush(stdout);
	work(&l, &before);
	print(&l.counters[0], "there");
	print(&l.counters[1], "back");
	return 0;
}
