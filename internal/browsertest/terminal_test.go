package browsertest_test

import (
	"html"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// command is the command that the README shows to new users.
var command = []string{"go", "run", "-C", "examples", "./pair"}

// demoOutput returns the terminal output of the demo up to its first code.
func demoOutput(t *testing.T) string {
	t.Helper()
	demo := exec.CommandContext(t.Context(), command[0], command[1:]...)
	demo.Dir = "../.."
	demo.Env = append(os.Environ(), "WHATSPIE_API_TOKEN=", "WHATSPIE_TOKEN=") // selects the fake
	output, err := demo.CombinedOutput()
	require.NoError(t, err, "%s", output)
	before, after, found := strings.Cut(string(output), "Code 1: ")
	require.True(t, found)
	caption, _, _ := strings.Cut(after, "\n")
	return "$ " + strings.Join(command, " ") + "\n" + before + "Code 1: " + caption + "\n"
}

// terminalPage returns a page that looks like a terminal, with the colors of the scheme and a black and white code.
func terminalPage(text string) string {
	code := strings.NewReplacer("\x1b[38;5;16;48;5;231m", "<b>", "\x1b[0m", "</b>")
	return `<!doctype html><meta name="color-scheme" content="light dark"><style>
body{margin:0;padding:16px;width:max-content;background:light-dark(#fdfdfd,#15191d);color:light-dark(#24292f,#d7dde3)}
pre{margin:0;font:14px/normal "DejaVu Sans Mono",monospace}
b{font-weight:normal;color:#000;background:#fff}
</style><pre>` + code.Replace(html.EscapeString(text)) + "</pre>"
}

func TestPictures_terminal(t *testing.T) {
	t.Parallel()
	text := demoOutput(t)
	require.Contains(t, text, "█")
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(terminalPage(text)))
	}))
	defer page.Close()
	for _, scheme := range []string{"light", "dark"} {
		p := open(t, page.URL, chromedp.EmulateViewport(808, 660, chromedp.EmulateScale(1.5)),
			media("prefers-color-scheme", scheme))
		assert.NotContains(t, js[string](p, "document.body.innerText"), "\x1b", "no other escape sequences")
		save(t, "terminal-"+scheme+".png", p.picture())
		if *update {
			assert.NotEmpty(t, p.scan("pre"), "the code in the picture can be scanned")
		}
	}
}
