package pairweb

const indonesianContact = "Silakan hubungi pengelola situs ini."

var indonesian = Texts{
	Heading:      "Hubungkan WhatsApp",
	StepsHeading: "Di ponsel",
	Steps: []string{
		"Buka *WhatsApp*",
		"Di menu *⋮* atau *Pengaturan*, ketuk *Perangkat tertaut*",
		"Ketuk *Tautkan perangkat*",
		"Arahkan kamera ke kode ini",
	},
	OtherScreen: "Ingin menghubungkan ponsel ini? Buka halaman ini di layar lain.",
	NoScript:    "Halaman ini memerlukan JavaScript untuk menampilkan kode. Aktifkan JavaScript, lalu muat ulang halaman.",

	Waiting:      "Mengambil kode…",
	Renewing:     "Mengambil kode baru…",
	Slow:         "Ini lebih lama dari biasanya. Masih mencoba.",
	Reconnecting: "Menghubungkan kembali…",

	Scan:           Notice{"Pindai kode ini", "Kode diganti saat kedaluwarsa."},
	ScanNext:       Notice{"Pindai kode baru ini", "Kode diganti saat kedaluwarsa."},
	OpenLink:       Notice{"Buka kode, lalu pindai", "Kode diganti saat kedaluwarsa."},
	OpenLinkButton: "Buka kode",
	SlowScan:       "Kode dapat dipindai. Proses menghubungkan mungkin lebih lama dari biasanya.",
	CodeAlt:        "Kode QR untuk WhatsApp",
	ExpiredCodeAlt: "Kode QR ini sudah kedaluwarsa",
	BrokenCodeAlt:  "Kode QR ini tidak dapat ditampilkan",

	Finishing: Notice{
		"Menyelesaikan…",
		"Biarkan WhatsApp tetap terbuka di ponsel. Jika belum memindai kode, kode baru akan muncul.",
	},
	Connected:  "Terhubung",
	ReturnLink: "Lanjutkan",
	TryAgain:   "Coba lagi",

	NotInTime:   Notice{"Tidak ada ponsel yang terhubung tepat waktu", "Siapkan ponsel Anda, lalu coba lagi."},
	NoCode:      Notice{"Saat ini tidak ada kode", "Coba lagi dalam beberapa menit."},
	Unconfirmed: Notice{"Koneksi belum dikonfirmasi", "Ponsel Anda mungkin sudah terhubung. Coba lagi sebentar lagi."},
	Suspended: Notice{
		"Perangkat ini ditangguhkan",
		"Saat ini ponsel tidak dapat dihubungkan ke perangkat ini. " + indonesianContact,
	},
	NotFound:    Notice{"Perangkat ini tidak ada", "Mungkin perangkat sudah dihapus. " + indonesianContact},
	Unavailable: Notice{"Situs ini sedang tidak dapat menghubungkan ponsel", indonesianContact},
	Failed:      Notice{"Tidak berhasil", indonesianContact},
	SignedOut:   Notice{"Anda tidak lagi memiliki akses", "Masuk kembali, lalu buka lagi halaman ini."},
	Denied: Notice{
		"Tidak ada akses",
		"Anda tidak dapat melihat halaman ini. Masuk dahulu, atau minta tautan yang benar.",
	},
}
