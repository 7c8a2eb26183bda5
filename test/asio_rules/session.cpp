#include "session.hpp"

#include "fixture/deadline.hpp"

#include "support/private_libvirtd.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/strand.hpp>
#include <boost/test/unit_test.hpp>

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <map>
#include <source_location>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

namespace asio_rules {
namespace {

using fixture::deadline;
constexpr int worker_threads = 16;

std::unique_ptr<shared_parts> current;
int sessions = 0;

constexpr int spare_devices = 12;
test_support::echo_guest_options const silent{
    .name = "silent", .autodestroy = true, .paused = true, .spare_devices = spare_devices};

/// Listens, and takes no connection: who connects waits for an answer for ever.
int listen_in_vain(std::string const& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) throw std::runtime_error("the socket's path is too long");
  std::memcpy(address.sun_path, path.c_str(), path.size());
  int const listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (::bind(listener, reinterpret_cast<sockaddr const*>(&address), sizeof(address)) < 0 ||
      ::listen(listener, 1000) < 0)
    throw std::runtime_error("cannot listen on " + path);
  return listener;
}

/// The sockets of this process that are connected to the daemon, by what their numbers stand for.
std::map<std::string, int> sockets_to_daemon() {
  std::map<std::string, int> found;
  for (auto const& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    int const descriptor = std::stoi(entry.path().filename());
    sockaddr_un peer{};
    socklen_t size = sizeof(peer);
    if (::getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &size) == 0 &&
        peer.sun_family == AF_UNIX && std::string(peer.sun_path).ends_with("libvirt-sock")) {
      // It may be closed by now.
      std::error_code gone;
      found.emplace(std::filesystem::read_symlink(entry.path(), gone), descriptor);
    }
  }
  return found;
}

/// Waits for an operation whose success alone matters. Its handler may outlive it.
class success {
 public:
  auto handler() {
    return [ended = ended_](error_code error, auto const&...) { *ended = error; };
  }

  void wait(session& running, std::source_location const& caller = std::source_location::current()) {
    running.run_until([this] { return ended_->has_value(); });
    if (**ended_) throw boost::system::system_error(**ended_, caller.function_name());
  }

 private:
  std::shared_ptr<std::optional<error_code>> ended_ = std::make_shared<std::optional<error_code>>();
};

}  // namespace

// --- What all sessions share -------------------------------------------------------------------------------

shared_parts& shared_parts::instance() {
  if (!current) {
    current.reset(new shared_parts);
    fixture::hypervisor::instance().at_end(&shared_parts::end);
  }
  return *current;
}

void shared_parts::end() {
  current.reset();
}

shared_parts::shared_parts()
    : guest{fixture::hypervisor::instance().plain_connection(), silent},
      pool_folder{fixture::hypervisor::instance().daemon().make_folder("/dev/shm")},
      pool{fixture::hypervisor::instance().plain_connection(), pool_folder.path(), pool_name},
      nobody_{listen_in_vain(files.path() / "nobody")} {
  pool.create_volume(source, 1'000, 1'000);
}

std::string shared_parts::uri_of_nobody() const {
  return "qemu+unix:///session?socket=" + (files.path() / "nobody").string();
}

libvirt_asio::console_options shared_parts::next_console() {
  consoles_ = consoles_ % spare_devices + 1;
  return {.device = test_support::echo_guest::spare_console(consoles_), .force = true, .safe = false};
}

libvirt_asio::console_options shared_parts::next_channel() {
  channels_ = channels_ % spare_devices + 1;
  return {.device = test_support::echo_guest::spare_channel(channels_), .force = true, .safe = false};
}

// --- A session ---------------------------------------------------------------------------------------------

session::session(loop_runs where, executor_is executor) : files_prefix_(std::to_string(++sessions) + "-") {
  if (where == loop_runs::apart) loop_context.emplace(1);
  context.emplace(1);
  loop.emplace(context_of_loop());
  asio::any_io_executor used = context->get_executor();
  if (executor == executor_is::strand) used = asio::make_strand(used);
  connection.emplace(used);
  other_connection.emplace(used);
  make_connector(host.uri());
  stream.emplace(*connection);
  blocker.emplace(*connection);
  refreshes.emplace(*connection);
  sockets_before_ = sockets_to_daemon();
  open_connection();
}

session::~session() {
  release();
  domain.reset();
  source.reset();
  target.reset();
  refreshes.reset();
  stream.reset();
  connector.reset();
  if (context && loop && connection) end_gracefully();
  blocker.reset();
  connection.reset();
  other_connection.reset();
  if (context && loop) run_out();
}

void session::end_gracefully() {
  if (std::exchange(has_console_, false)) return;
  auto const closed = std::make_shared<bool>(false);
  connection->async_close([closed](error_code) { *closed = true; });
  // Now and then libvirtd does not answer the abort of a console that was just opened.
  static_cast<void>(ran_until([&] { return *closed; }, std::chrono::seconds{5}));
}

void session::open_connection() {
  success opened;
  connection->async_open(host.uri(), opened.handler());
  opened.wait(*this);
}

void session::open_console() {
  find_domain();
  has_console_ = true;
  success opened;
  libvirt_asio::async_open_console(*stream, domain.get(), parts.next_console(), opened.handler());
  opened.wait(*this);
}

void session::open_download(sections of) {
  find_source();
  success opened;
  libvirt_asio::async_open_download(*stream, source.get(), {.sparse = of == sections::sparse},
                                    opened.handler());
  opened.wait(*this);
}

void session::open_upload(sections of) {
  make_target();
  success opened;
  libvirt_asio::async_open_upload(*stream, target.get(), {.sparse = of == sections::sparse},
                                  opened.handler());
  opened.wait(*this);
}

void session::make_connector(std::string of, std::chrono::steady_clock::duration delay) {
  libvirt_asio::connector_options options;
  options.shortest_delay = delay;
  options.longest_delay = delay;
  options.failed = [this](error_code, std::chrono::steady_clock::duration) { ++failed_attempts; };
  connector.emplace(connection->get_executor(), std::move(of), options);
}

void session::open_by_connector() {
  success opened;
  connector->async_next_connection(opened.handler());
  opened.wait(*this);
}

void session::subscribe() {
  success subscribed;
  refreshes->async_subscribe(subscribed.handler());
  subscribed.wait(*this);
}

void session::cause_events() {
  constexpr int few = 3;
  libvirt_asio::events<libvirt_asio::storage_pool_refresh_event> witness(*connection);
  success subscribed;
  witness.async_subscribe(subscribed.handler());
  subscribed.wait(*this);
  for (int i = 0; i != few; ++i) ::virStoragePoolRefresh(parts.pool.pool(), 0);
  // What has come to it has come to the other, too: none is on its way when that is subscribed again.
  for (int i = 0; i != few; ++i) {
    success came;
    witness.async_next(came.handler());
    came.wait(*this);
  }
}

// A former object is let go of only when there is another: that resets libvirt's error.
template <class Object, class Function>
void session::look_up(Object& object, Function function) {
  success looked_up;
  connection->async_call(
      [&object, function = std::move(function)](virConnectPtr native) {
        auto* const found = function(native);
        if (!found) return -1;
        object.reset(found);
        return 0;
      },
      looked_up.handler());
  looked_up.wait(*this);
}

void session::find_domain() {
  look_up(domain, [](virConnectPtr native) { return virDomainLookupByName(native, silent.name.c_str()); });
}

void session::find_source() {
  look_up(source, [path = parts.pool.path(parts.source)](virConnectPtr native) {
    return virStorageVolLookupByPath(native, path.c_str());
  });
}

std::shared_ptr<libvirt_asio::storage_vol> session::share_source() const {
  if (source) virStorageVolRef(source.get());
  return std::make_shared<libvirt_asio::storage_vol>(source.get());
}

void session::make_target() {
  auto const name = files_prefix_ + "target-" + std::to_string(++targets_);
  parts.pool.create_volume(name, 1'000'000);
  look_up(target, [path = parts.pool.path(name)](virConnectPtr native) {
    return virStorageVolLookupByPath(native, path.c_str());
  });
}

void session::occupy_workers() {
  for (int i = 0; i != worker_threads; ++i) start_held_call();
  run_until([this] { return held.entered() == worker_threads; });
}

void session::start_held_call() {
  int const entered = held.entered();
  connection->async_call([held = held](virConnectPtr) { held(); }, [](error_code) {});
  run_until([&] { return held.entered() > entered; });
}

std::vector<int> session::sockets() const {
  std::vector<int> own;
  for (auto const& [identity, descriptor] : sockets_to_daemon())
    if (!sockets_before_.contains(identity)) own.push_back(descriptor);
  return own;
}

void session::stop_daemon_from_taking() {
  // Far less than one packet of libvirt's. The kernel takes its own least value instead.
  int const smallest = 1;
  for (int const descriptor : sockets())
    ::setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &smallest, sizeof(smallest));
  freeze_daemon();
}

bool session::waits_for_daemon_to_take() const {
  // More than a message that keeps the connection alive, and less than the socket takes.
  int const part_of_packet = 2'000;
  for (int const descriptor : sockets()) {
    int queued = 0;
    if (::ioctl(descriptor, SIOCOUTQ, &queued) == 0 && queued > part_of_packet) return true;
  }
  return false;
}

void session::block_sending() {
  make_target();
  success opened;
  libvirt_asio::async_open_upload(*blocker, target.get(), opened.handler());
  opened.wait(*this);
  stop_daemon_from_taking();
  blocker->async_write_some(asio::buffer(bytes), [](error_code, std::size_t) {});
}

void session::freeze_daemon() {
  host.daemon().freeze();
  frozen_ = true;
}

void session::lose_connection() {
  for (int const descriptor : sockets()) ::shutdown(descriptor, SHUT_RDWR);
}

void session::close_connection() {
  success closed;
  connection->async_close(closed.handler());
  closed.wait(*this);
}

void session::release() {
  held.let_go();
  if (std::exchange(frozen_, false)) host.daemon().thaw();
}

void session::renew() {
  release();
  held = held_up();
  uri = host.uri();
  source_length = short_source;
  stream->close();
  blocker->close();
  refreshes->unsubscribe();
  other_connection->close();
  make_connector(host.uri());
  failed_attempts = 0;
  asks_for_another_connection = false;
  // Streams are opened on what was looked up. Nothing more is asked for on their connection, as one may still
  // be ending: libvirtd 9.0 puts the message that confirms the end into the queue of those to be sent before
  // it takes it out of the queue of those received. An answer that one of its threads queues in between is
  // lost with it, and the end confirmed again, which libvirt's client takes for a broken connection.
  bool const had_streams = domain || source || target;
  if (!had_streams && connection->is_open() && virConnectIsAlive(connection->native_handle()) == 1) return;
  end_gracefully();
  connection->close();
  open_connection();
}

std::string session::file(std::string const& name) const {
  return parts.files.path() / (files_prefix_ + name);
}

// --- Running -----------------------------------------------------------------------------------------------

bool session::run_briefly() {
  using std::chrono::milliseconds;
  if (!loop_context) return context->run_one_for(milliseconds{10}) != 0;
  loop_context->restart();
  auto const ran = loop_context->poll();
  return context->run_one_for(milliseconds{1}) + ran != 0;
}

void session::run_until(std::function<bool()> const& condition) {
  if (!ran_until(condition, deadline)) BOOST_FAIL("the deadline has passed");
}

bool session::ran_until(std::function<bool()> const& condition, std::chrono::seconds patience) {
  // What it waits for may happen on another thread.
  auto const work = asio::make_work_guard(*context);
  auto const end = std::chrono::steady_clock::now() + patience;
  context->restart();
  while (!condition())
    if (!run_briefly() && std::chrono::steady_clock::now() > end) return false;
  return true;
}

void session::poll() {
  for (int i = 0; i != 3; ++i) {
    if (loop_context) {
      loop_context->restart();
      loop_context->poll();
    }
    context->restart();
    context->poll();
  }
}

bool session::run_returns() {
  auto const end = std::chrono::steady_clock::now() + deadline;
  do {
    loop_context->restart();
    loop_context->poll();
    context->restart();
    context->run_for(std::chrono::milliseconds{5});
  } while (!context->stopped() && std::chrono::steady_clock::now() < end);
  return context->stopped();
}

void session::run_out() {
  auto const end = std::chrono::steady_clock::now() + deadline;
  bool done = false;
  while (!done && std::chrono::steady_clock::now() < end) {
    context->restart();
    context->run_for(loop_context ? std::chrono::milliseconds{5} : std::chrono::milliseconds(deadline));
    done = context->stopped();
    if (!loop_context) continue;
    loop_context->restart();
    loop_context->run_for(std::chrono::milliseconds{5});
    done = done && loop_context->stopped();
  }
  BOOST_CHECK_MESSAGE(done, "something is left that keeps a context alive");
}

}  // namespace asio_rules
