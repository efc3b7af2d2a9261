/* A session of the C client that uses every operation of its synchronous interface. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zookeeper/zookeeper.h>

static volatile int connected;

static void on_event(zhandle_t *handle, int type, int state, const char *path, void *context)
{
    (void)handle;
    (void)path;
    (void)context;
    if (type == ZOO_SESSION_EVENT)
        connected = state == ZOO_CONNECTED_STATE;
}

static void on_auth(int code, const void *data)
{
    *(volatile int *)data = code;
}

static void demand(const char *what, int code, int expected)
{
    printf("%s: %s\n", what, zerror(code));
    if (code != expected)
        exit(1);
}

static void await_connection(void)
{
    for (int i = 0; i < 1000 && !connected; i++)
        usleep(10000);
    if (!connected)
        exit(2);
}

static void authenticate(zhandle_t *handle, const char *credentials)
{
    volatile int code = 1;
    zoo_add_auth(handle, "digest", credentials, (int)strlen(credentials), on_auth, (const void *)&code);
    for (int i = 0; i < 1000 && code == 1; i++)
        usleep(10000);
    demand("auth", code, ZOK);
}

static void multi(zhandle_t *handle)
{
    char path[256];
    struct Stat stat;
    zoo_op_t operations[4];
    zoo_op_result_t results[4];
    zoo_create_op_init(&operations[0], "/c/multi", "1", 1, &ZOO_OPEN_ACL_UNSAFE, 0, path, sizeof path);
    zoo_set_op_init(&operations[1], "/c/multi", "22", 2, 0, &stat);
    zoo_check_op_init(&operations[2], "/c/multi", 1);
    zoo_delete_op_init(&operations[3], "/c/multi", -1);
    demand("multi", zoo_multi(handle, 4, operations, results), ZOK);
    zoo_check_op_init(&operations[2], "/c/multi", 77);
    demand("failing multi", zoo_multi(handle, 4, operations, results), ZBADVERSION);
}

int main(int count, char **arguments)
{
    if (count != 3)
        return 3;

    zoo_set_debug_level(ZOO_LOG_LEVEL_ERROR);
    zhandle_t *handle = zookeeper_init(arguments[1], on_event, 4000, NULL, NULL, 0);
    await_connection();

    char path[256], data[4096];
    int length;
    struct Stat stat;
    struct String_vector children;
    struct ACL_vector acl;
    demand("create", zoo_create(handle, "/c", "root", 4, &ZOO_OPEN_ACL_UNSAFE, 0, path, sizeof path), ZOK);
    demand("create null", zoo_create(handle, "/c/null", NULL, -1, &ZOO_READ_ACL_UNSAFE, ZOO_EPHEMERAL, path, sizeof path), ZOK);
    demand("create sequential", zoo_create(handle, "/c/s-", "", 0, &ZOO_OPEN_ACL_UNSAFE, ZOO_SEQUENCE, path, sizeof path), ZOK);
    demand("create2", zoo_create2(handle, "/c/two", "2", 1, &ZOO_OPEN_ACL_UNSAFE, 0, path, sizeof path, &stat), ZOK);
    demand("create container", zoo_create2(handle, "/c/container", "", 0, &ZOO_OPEN_ACL_UNSAFE, ZOO_CONTAINER, path, sizeof path, &stat), ZOK);
    demand("create ttl", zoo_create_ttl(handle, "/c/ttl", "", 0, &ZOO_OPEN_ACL_UNSAFE, ZOO_PERSISTENT_WITH_TTL, 60000, path, sizeof path), ZOK);
    demand("create2 ttl", zoo_create2_ttl(handle, "/c/ttl-", "", 0, &ZOO_OPEN_ACL_UNSAFE, ZOO_PERSISTENT_SEQUENTIAL_WITH_TTL, 60000, path, sizeof path, &stat), ZOK);
    demand("create again", zoo_create(handle, "/c", "root", 4, &ZOO_OPEN_ACL_UNSAFE, 0, path, sizeof path), ZNODEEXISTS);
    demand("exists absent", zoo_wexists(handle, "/c/absent", on_event, NULL, &stat), ZNONODE);
    demand("exists", zoo_exists(handle, "/c", 0, &stat), ZOK);
    length = sizeof data;
    demand("get", zoo_wget(handle, "/c", on_event, NULL, data, &length, &stat), ZOK);
    length = sizeof data;
    demand("get null", zoo_get(handle, "/c/null", 0, data, &length, &stat), ZOK);
    demand("children", zoo_wget_children(handle, "/c", on_event, NULL, &children), ZOK);
    demand("children2", zoo_get_children2(handle, "/c", 0, &children, &stat), ZOK);
    demand("get acl", zoo_get_acl(handle, "/c", &acl, &stat), ZOK);
    demand("set", zoo_set2(handle, "/c", "changed", 7, 0, &stat), ZOK);
    demand("bad version", zoo_set(handle, "/c", "changed", 7, 7), ZBADVERSION);
    authenticate(handle, "user:password");
    demand("create private", zoo_create(handle, "/c/private", "", 0, &ZOO_CREATOR_ALL_ACL, 0, path, sizeof path), ZOK);
    demand("set acl", zoo_set_acl(handle, "/c/private", -1, &ZOO_OPEN_ACL_UNSAFE), ZOK);
    multi(handle);
    demand("delete", zoo_delete(handle, "/c/two", -1), ZOK);
    demand("not empty", zoo_delete(handle, "/c", -1), ZNOTEMPTY);

    length = sizeof data;
    demand("watch to remove", zoo_wget(handle, "/c/private", on_event, data, data, &length, &stat), ZOK);
    demand("remove watches", zoo_remove_all_watches(handle, "/c/private", ZWATCHTYPE_DATA, 0), ZOK);

    length = sizeof data;
    demand("data watch", zoo_wget(handle, "/c", on_event, NULL, data, &length, &stat), ZOK);
    demand("child watch", zoo_wget_children(handle, "/c", on_event, NULL, &children), ZOK);
    connected = 0;
    zoo_exists(handle, "/cut-here", 0, &stat);
    await_connection();
    demand("change after reconnect", zoo_set(handle, "/c", "again", 5, -1), ZOK);
    sleep(3);

    length = sizeof data;
    demand("get configuration", zoo_getconfig(handle, 0, data, &length, &stat), ZOK);
    authenticate(handle, "super:golden");
    length = sizeof data;
    demand("reconfig", zoo_reconfig(handle, NULL, NULL, arguments[2], -1, data, &length, &stat), ZOK);
    demand("close", zookeeper_close(handle), ZOK);
    return 0;
}
