package browsertest_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// nginxConf has Debian's settings, with gzip and buffering on, and a location that differs from the proxied path.
const nginxConf = `
daemon off;
pid %[1]s/nginx.pid;
error_log %[1]s/error.log;
worker_processes 1;
events { worker_connections 64; }
http {
	access_log off;
	client_body_temp_path %[1]s/body;
	proxy_temp_path %[1]s/proxy;
	fastcgi_temp_path %[1]s/fastcgi;
	uwsgi_temp_path %[1]s/uwsgi;
	scgi_temp_path %[1]s/scgi;
	gzip on;
	gzip_types text/css text/javascript text/event-stream;
	server {
		listen %[2]s;
		location /public/ { proxy_pass %[3]s/; }
	}
}
`

// startNginx returns the URL of the site behind nginx.
func startNginx(t *testing.T, s *site) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // closed in the next line
	require.NoError(t, err)
	addr := listener.Addr().String()
	require.NoError(t, listener.Close())
	dir := t.TempDir()
	require.NoError(t, os.Chmod(dir, 0o755)) //nolint:gosec // nginx's worker is another user
	conf := filepath.Join(dir, "nginx.conf")
	require.NoError(t, os.WriteFile(conf, fmt.Appendf(nil, nginxConf, dir, addr, s.server.URL), 0o600))
	command := exec.CommandContext(t.Context(), "nginx", "-p", dir, "-c", conf)
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	require.NoError(t, command.Start())
	t.Cleanup(func() { _ = command.Wait() })
	require.Eventually(t, func() bool {
		connection, err := net.Dial("tcp", addr) //nolint:noctx // loopback
		return err == nil && connection.Close() == nil
	}, 10*time.Second, 20*time.Millisecond)
	return "http://" + addr + "/public" + mount + "/"
}

func TestNginx(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := open(t, startNginx(t, s))
	p.waitForView("code")
	first := p.scan(".tile")
	assert.NotEmpty(t, first)
	s.api.ExpireQR(s.id)
	p.waitFor(`document.getElementById("title").textContent === "Scan this new code"`)
	assert.NotEqual(t, first, p.scan(".tile"))
	s.api.Scan(s.id)
	p.waitForView("connected")
	p.assertCleanConsole()
}
