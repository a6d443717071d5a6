/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Stands in for libFuzzer where there is none: gives a harness the empty input and each file of its corpus. Each input is
 * named before it runs, so that the last line of a crash tells which it was. */
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 1 << 20 };

static unsigned inputs;

/* A block of exactly the input's size: a read past its end is seen by valgrind and by the sanitizers. */
static bool run_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *room = malloc(INPUT_MAX);
	uint8_t *input = NULL;
	size_t len = 0;

	if (file != NULL && room != NULL) {
		len = fread(room, 1, INPUT_MAX, file);
		input = malloc(len != 0 ? len : 1);
	}
	if (input != NULL) {
		printf("# %s\n", path);
		fflush(stdout);
		if (len != 0)
			memcpy(input, room, len);
		(void)LLVMFuzzerTestOneInput(input, len);
		inputs++;
	}
	free(room);
	free(input);
	if (file != NULL)
		fclose(file);
	return input != NULL;
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static bool run_directory(const char *path)
{
	struct dirent **entries;
	int count = scandir(path, &entries, is_visible, alphasort);
	bool good = count > 0;

	for (int i = 0; i < count; i++) {
		char name[4096];
		int len = snprintf(name, sizeof name, "%s/%s", path, entries[i]->d_name);

		good = len > 0 && (size_t)len < sizeof name && run_file(name) && good;
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	return good;
}

static bool run_path(const char *path)
{
	struct stat status;

	if (stat(path, &status) != 0)
		return false;
	return S_ISDIR(status.st_mode) ? run_directory(path) : run_file(path);
}

int main(int argc, char **argv)
{
	bool good = argc > 1;

	(void)LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
	for (int i = 1; i < argc; i++) {
		errno = 0;
		if (!run_path(argv[i])) {
			printf("# %s: %s\n", argv[i], errno != 0 ? strerror(errno) : "nothing to run in it");
			good = false;
		}
	}
	printf("%s 1 - %u inputs of the corpus\n1..1\n", good ? "ok" : "not ok", inputs);
	return good ? 0 : 1;
}
