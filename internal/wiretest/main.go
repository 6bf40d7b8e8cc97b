package wiretest

import (
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

// Main is the TestMain of a package that tests the client. It fails if a goroutine is left, or if the client used the
// default logger.
func Main(m *testing.M) { goleak.VerifyTestMain(defaultLoggerCheck{m}) }

type defaultLoggerCheck struct{ *testing.M }

func (c defaultLoggerCheck) Run() int {
	records := &LogRecorder{}
	slog.SetDefault(slog.New(records))
	code := c.M.Run()
	for _, record := range records.All() {
		if strings.Contains(record.Message, "whatspie") || strings.Contains(record.Message, "/devices") {
			fmt.Fprintln(os.Stderr, "logged without WithLogger:", record.Message)
			code = max(code, 1)
		}
	}
	return code
}
