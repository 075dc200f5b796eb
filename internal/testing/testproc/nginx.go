package testproc

import (
	"net/http"
	"os/exec"
	"strings"
	"testing"
)

// nginxConfig is completed by what a test configures in the blocks http and server.
const nginxConfig = `daemon off; master_process off; pid nginx.pid; error_log stderr error;
events {}
http {
  access_log off;
  client_body_temp_path body; proxy_temp_path proxied; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  HTTP
  server {
    listen ADDRESS;
    SERVER
  }
}
`

// nginx is run without the variable NGINX, in which it looks for sockets.
var nginx = Listener{
	Name: "nginx",
	Command: `printf '%s' "$CONF" | sed "s/ADDRESS/$ADDR/" >"$DIR/nginx.conf"
"$PROXY" -e stderr -p "$DIR" -c "$DIR/nginx.conf"`,
	Path: "/",
	Up:   func(r *http.Response) bool { return strings.HasPrefix(r.Header.Get("Server"), "nginx") },
}

// Nginx starts nginx with lines of configuration for its blocks http and server, and
// returns its URL. It ends with the test.
func Nginx(t testing.TB, inHTTP, inServer string) (url string) {
	t.Helper()
	path, err := exec.LookPath("nginx")
	if err != nil { // /usr/sbin is not in every PATH
		path, err = exec.LookPath("/usr/sbin/nginx")
	}
	Require(t, "nginx", err)
	addr, keeper, err := nginx.Start("PROXY="+path, "CONF="+strings.NewReplacer("HTTP", inHTTP, "SERVER", inServer).Replace(nginxConfig))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(keeper.End)
	return "http://" + addr
}
