// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include "site.hpp"

#include "../look_up.hpp"
#include "../together.hpp"
#include "console_viewer.hpp"
#include "page_files.hpp"
#include "target.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/verb.hpp>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <cstddef>
#include <ctime>
#include <iterator>
#include <utility>
#include <vector>

namespace web_console {
namespace {

namespace http = boost::beast::http;
namespace json = boost::json;

// Styles may be in the page: xterm.js makes some for its colors.
constexpr auto content_policy =
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'";

json::object describe(example::domain_table::row const& row) {
  auto const& status = row.status;
  json::object domain{{"uuid", status.uuid}, {"name", status.name}, {"state", example::name_of_state(status.state)}};
  if (status.id < 0) return domain;
  domain["id"] = status.id;
  domain["uptime"] = std::time(nullptr) - row.first_seen;
  // Otherwise it is at least that.
  domain["start_seen"] = row.start_seen;
  return domain;
}

json::object describe(example::domain_table const& table) {
  json::array domains;
  for (auto const* const each : table.in_order()) domains.push_back(describe(*each));
  json::object host{{"uri", table.uri()}, {"domains", std::move(domains)}};
  if (table.why_away()) host["away"] = *table.why_away();
  return host;
}

using action = int (*)(virDomainPtr);

action find_action(std::string const& name) {
  if (name == "start") return &virDomainCreate;
  if (name == "shutdown") return &virDomainShutdown;
  if (name == "destroy") return &virDomainDestroy;
  return nullptr;
}

}  // namespace

response make_response(request const& asked, http::status status, std::string mime_type, std::string body) {
  response answer(status, asked.version());
  answer.keep_alive(asked.keep_alive());
  answer.set(http::field::content_type, mime_type);
  answer.set(http::field::cache_control, "no-store");
  answer.set("Content-Security-Policy", content_policy);
  answer.set("X-Content-Type-Options", "nosniff");
  answer.set("Referrer-Policy", "no-referrer");
  answer.set("Cross-Origin-Resource-Policy", "same-origin");
  answer.set("Cross-Origin-Opener-Policy", "same-origin");
  answer.body() = std::move(body);
  answer.prepare_payload();
  return answer;
}

response make_response(request const& asked, http::status status, std::string const& words) {
  return make_response(asked, status, "text/plain; charset=utf-8", words + '\n');
}

site::site(boost::asio::any_io_executor executor, settings const& wanted) : wanted_(wanted), access_(wanted) {
  auto const changed = [this] {
    for (auto* const each : feeds_) each->change();
  };
  for (auto const& uri : wanted.uris) hosts_.emplace_back(executor, uri, wanted.max_viewers, changed);
}

boost::asio::awaitable<void> site::run() {
  std::vector<boost::asio::awaitable<void>> parts;
  for (auto& each : hosts_) parts.push_back(each.run());
  return example::until_all_end(std::move(parts));
}

void site::stop() {
  for (auto& each : hosts_) each.stop();
}

boost::asio::awaitable<response> site::respond(request asked) {
  auto const at = target::parse({asked.target().data(), asked.target().size()});
  if (!at) co_return make_response(asked, http::status::bad_request, "The path is none.");
  auto const path = at->path();
  bool const is_post = asked.method() == http::verb::post;
  if (is_post && path == "/api/control") co_return co_await control(asked, *at);
  if (asked.method() != http::verb::get)
    co_return make_response(asked, http::status::method_not_allowed, "There is no such method here.");
  if (path == "/api/domains")
    co_return make_response(asked, http::status::ok, "application/json", json::serialize(list()));
  if (path == "/api/screenshot") co_return co_await take_picture(asked, *at);
  if (auto const* const file = find_page_file(path == "/" ? "/index.html" : path))
    co_return make_response(asked, http::status::ok, std::string(file->mime_type), std::string(file->data));
  co_return make_response(asked, http::status::not_found, "There is no such page.");
}

std::unique_ptr<service> site::open(request const& asked) {
  auto const at = target::parse({asked.target().data(), asked.target().size()});
  if (!at) return nullptr;
  if (at->path() == "/api/domains") return std::make_unique<domain_feed>(feeds_, [this] { return list(); });
  auto* const host = find_host(*at);
  if (at->path() != "/api/console" || host == nullptr) return nullptr;
  auto const uuid = at->value("domain");
  if (host->domains().find(uuid) == nullptr) return nullptr;
  return std::make_unique<console_viewer>(*host, uuid, at->value("device"), at->has("readonly"));
}

std::optional<response> site::log_in(request const& asked) const {
  auto const at = target::parse({asked.target().data(), asked.target().size()});
  if (!at || at->path() != "/" || !at->has("token")) return std::nullopt;
  if (!access_.is_token(at->value("token")))
    return make_response(asked, http::status::forbidden, "This is not the token.");
  // So that the token is neither seen nor kept in the browser's history.
  auto answer = make_response(asked, http::status::see_other, "The page is at /.");
  answer.set(http::field::location, "/");
  answer.set(http::field::set_cookie, access_.cookie_for(asked));
  return answer;
}

boost::asio::awaitable<response> site::take_picture(request const& asked, target const& at) {
  auto* const host = find_host(at);
  auto const uuid = at.value("domain");
  if (host == nullptr || host->domains().find(uuid) == nullptr)
    co_return make_response(asked, http::status::not_found, "There is no such domain.");
  auto const taken = co_await host->pictures().take(uuid);
  if (!taken->failure.empty()) co_return make_response(asked, http::status::conflict, taken->failure);
  co_return make_response(asked, http::status::ok, taken->mime_type, taken->data);
}

boost::asio::awaitable<response> site::control(request const& asked, target const& at) {
  if (!wanted_.allows_control)
    co_return make_response(asked, http::status::forbidden, "Guests are controlled only with --allow-control.");
  auto* const host = find_host(at);
  auto const act = find_action(at.value("action"));
  if (host == nullptr || act == nullptr)
    co_return make_response(asked, http::status::not_found, "There is no such hypervisor or action.");
  auto work = [act, uuid = at.value("domain")](virConnectPtr native) {
    libvirt_asio::domain const domain(virDomainLookupByUUIDString(native, uuid.c_str()));
    return domain ? act(domain.get()) : -1;
  };
  auto const [error, done] = co_await host->connection().async_call(
      std::move(work), boost::asio::as_tuple(boost::asio::use_awaitable));
  if (error) co_return make_response(asked, http::status::conflict, error.message());
  co_return make_response(asked, http::status::ok, "done");
}

json::object site::list() const {
  json::array hosts;
  for (auto const& each : hosts_) hosts.push_back(describe(each.domains()));
  return {{"type", "domains"}, {"hosts", std::move(hosts)}, {"control", wanted_.allows_control}};
}

host* site::find_host(target const& at) {
  auto const number = example::number_in<int>(at.value("host"));
  if (!number || *number < 0 || static_cast<std::size_t>(*number) >= hosts_.size()) return nullptr;
  return &*std::next(hosts_.begin(), *number);
}

}  // namespace web_console
