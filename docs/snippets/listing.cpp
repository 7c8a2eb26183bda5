// Copyright (c) 2026 The libvirt-asio authors
// Distributed under the Boost Software License, Version 1.0.

#include <libvirt-asio/libvirt-asio.hpp>

#include <boost/asio.hpp>

#include <cstddef>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;

/// Calls one of libvirt's functions that list objects.
template <class Handle, class Parent>
std::vector<Handle> list_all(int (*list)(Parent, typename Handle::pointer**, unsigned), Parent parent, unsigned flags) {
  typename Handle::pointer* found = nullptr;
  int const count = list(parent, &found, flags);
  if (count < 0) throw libvirt_asio::system_error(libvirt_asio::last_libvirt_error());
  std::unique_ptr<typename Handle::pointer, decltype(&std::free)> const array(found, &std::free);
  std::vector<Handle> all;
  for (auto* const each : std::span(found, static_cast<std::size_t>(count))) all.emplace_back(each);
  return all;
}

struct domain_facts {
  std::string name;
  virDomainInfo info{};
};

/// On a worker thread.
std::vector<domain_facts> facts_of_all(virConnectPtr native) {
  std::vector<domain_facts> all;
  for (auto const& each : list_all<libvirt_asio::domain>(&virConnectListAllDomains, native, 0)) {
    domain_facts facts{.name = virDomainGetName(each.get())};
    if (virDomainGetInfo(each.get(), &facts.info) == 0) all.push_back(std::move(facts));
  }
  return all;
}

asio::awaitable<void> print_domains(libvirt_asio::connection& connection) {
  auto const all = co_await connection.async_call(&facts_of_all);
  for (auto const& each : all) std::cout << each.name << ": " << each.info.memory << " KiB\n";
}

asio::awaitable<void> start_all(libvirt_asio::connection& connection) {
  auto list = [](virConnectPtr native) {
    return list_all<libvirt_asio::domain>(&virConnectListAllDomains, native, VIR_CONNECT_LIST_DOMAINS_INACTIVE);
  };
  auto domains = co_await connection.async_call(std::move(list));
  for (auto& each : domains) {
    auto start = [domain = std::move(each)](virConnectPtr) { return virDomainCreate(domain.get()); };
    co_await connection.async_call(std::move(start));
  }
}

asio::awaitable<void> print_volumes(libvirt_asio::connection& connection, std::string pool_name) {
  auto list = [pool_name](virConnectPtr native) {
    libvirt_asio::storage_pool const pool(virStoragePoolLookupByName(native, pool_name.c_str()));
    if (!pool) throw libvirt_asio::system_error(libvirt_asio::last_libvirt_error());
    return list_all<libvirt_asio::storage_vol>(&virStoragePoolListAllVolumes, pool.get(), 0);
  };
  auto const volumes = co_await connection.async_call(std::move(list));
  for (auto const& each : volumes) std::cout << virStorageVolGetName(each.get()) << '\n';
}

asio::awaitable<void> print_description(libvirt_asio::connection& connection, libvirt_asio::domain domain) {
  auto describe = [domain = std::move(domain)](virConnectPtr) { return virDomainGetXMLDesc(domain.get(), 0); };
  auto const xml = co_await connection.async_call(std::move(describe));
  std::cout << xml;
}
