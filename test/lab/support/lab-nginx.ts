/** Writes the configuration of the lab's nginx. */
import type { Authority } from './lab-ca.ts';

interface Serving {
  work: string;
  tree: string;
  own: string;
  servers: Authority['servers'];
  names: readonly string[];
  strangers: readonly string[];
}

/** One process, so that no child survives a kill. The stranger serves the same files with an untrusted certificate. */
export function nginxConfiguration({ work, tree, own, servers, names, strangers }: Serving): string {
  const server = (hosts: readonly string[], { chain, key }: { chain: string; key: string }) => `
  server {
    listen 443 ssl;
    server_name ${hosts.join(' ')};
    ssl_certificate "${chain}";
    ssl_certificate_key "${key}";
    root "${tree}";
    location /own/ { alias "${own}/"; autoindex on; }
    location / { autoindex on; }
  }`;
  return `user root;
master_process off;
pid "${work}/nginx.pid";
error_log "${work}/error.log";
events { worker_connections 256; }
http {
  types { text/html html htm; application/json json; text/plain txt asc; }
  default_type application/octet-stream;
  log_format lab '$request_method $host $request_uri $status "$http_user_agent"';
  access_log "${work}/access.log" lab;
  client_body_temp_path "${work}/body";
  proxy_temp_path "${work}/proxy";
  fastcgi_temp_path "${work}/fastcgi";
  uwsgi_temp_path "${work}/uwsgi";
  scgi_temp_path "${work}/scgi";
  sendfile on;
  keepalive_timeout 5;${server(names, servers.mirror)}${server(strangers, servers.leaf)}
}
`;
}
