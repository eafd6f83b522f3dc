package playground

// tr is what the prompt itself says in a lesson, in the lesson's language where
// there is a translation. What the playground says beside it stays English.
func (t *taken) tr(text string) string {
	if s, ok := translations[t.course.Lesson.Lang][text]; ok {
		return s
	}
	return text
}

// translations are by language, and then by the English text.
var translations = map[string]map[string]string{
	"zh-Hant": {
		"Lesson %d %s %s": "第 %d 課 %s %s",
		"About %d minutes, in %d steps. All of the playground is here; and hint, goal, solution, reset, back, skip, leave.": "大約 %d 分鐘，共 %d 步。整個遊樂場都在這裡；另外還有 hint（提示）、goal（目標）、solution（解答）、reset（重來）、back（上一步）、skip（跳過）、leave（離開）。",
		"You have been here. It goes on where you were; back goes to the step before.":                                      "你來過這裡。課程從你離開的地方繼續；back 回到上一步。",
		"Do: ": "動手：", "Predict: ": "預測：", "Say: ": "說明：",
		"It is done: next goes on.": "這一步已經完成：用 next 繼續。",
		"This step is not passed yet; goal says what it asks for, hint helps, skip goes on without it.":                        "這一步還沒有通過；goal 再說一次目標，hint 給提示，skip 跳過它。",
		"The step begins anew, in a fresh sandbox.":                                                                            "這一步在全新的沙箱裡重新開始。",
		"This is the first step; reset begins it anew.":                                                                        "這是第一步；reset 讓它重新開始。",
		"The step is skipped. The next one begins as if it had been done.":                                                     "跳過這一步。下一步開始時，就當作它已經完成。",
		"The lesson is left, and the sandbox is yours as it is. sockplay lesson %s goes on with it.":                           "離開課程，沙箱保持原樣，由你使用。sockplay lesson %s 會從這裡繼續。",
		"The next step needs what the lesson has made so far, and begins in a fresh sandbox. What you made beside it is gone.": "下一步需要課程到目前為止做好的東西，所以在全新的沙箱裡開始。你另外做的東西已經不在了。",
		"The lesson is done: %s.": "完成這一課：%s。",
		"The sandbox is yours. sockplay lesson report says what you have done.": "沙箱由你使用。sockplay lesson report 會列出你做了什麼。",
		"The sandbox is yours. The next lesson: sockplay lesson %s (%s)":        "沙箱由你使用。下一課：sockplay lesson %s（%s）",
		"The next: %s, about %d minutes.\ngo on?":                               "下一課：%s，大約 %d 分鐘。\n繼續嗎？",
		"The sandbox is yours. sockplay lesson %s begins it.":                   "沙箱由你使用。sockplay lesson %s 會開始下一課。",
		"There is no hint for a question: any answer is right to begin with.":   "這種問題沒有提示：怎樣回答都是好的開始。",
		"Those were all the hints; solution has it done.":                       "提示都給完了；solution 會替你做。",
		"Hint %d of %d: ": "提示 %d／%d：",
		"Hint: ":          "提示：",
		"From here it does not work: the step begins anew, and then it is done.": "從這裡做不到：這一步會重新開始，然後完成。",
		"Done.":                    "完成。",
		"next, or Enter, goes on.": "用 next 或 Enter 繼續。",
		"That was the last step: next, or Enter, ends the lesson.": "這是最後一步：用 next 或 Enter 結束這一課。",
		"A guess is enough: %s.":                                   "猜一個就好：%s。",
		"%s is no answer to that":                                  "%s 不是這個問題的回答",
		"(There were other things than the lesson makes. So it was played in a fresh sandbox, from where the step begins.)": "（這裡有課程之外的東西，所以在全新的沙箱裡，從這一步的開頭做起。）",
		"So far you have written, and an empty line ends it:":                                                               "到目前為止你寫了這些，空白行結束回答：",
		"It is %s.":                              "是 %s。",
		"Yes: %s.":                               "對：%s。",
		"You said %s. Look: it is %s.":           "你說的是 %s。看：其實是 %s。",
		"the question waits: goal asks it again": "問題先放著：goal 會再問一次",
		"In your own words, in one line or more; an empty line ends the answer. solution shows one.": "用你自己的話，一行或多行都可以；空白行結束回答。solution 會給一個答案。",
		"One answer, to compare with yours:":  "一個可以拿來比較的答案：",
		"Kept for the report.":                "已經記在報告裡。",
		"Read.":                               "看過了。",
		"a state of TCP, such as ESTABLISHED": "TCP 的一個狀態，例如 ESTABLISHED",
		"how many: a number":                  "有幾個：一個數字",
		"a number, the name of an error such as ECONNREFUSED, or blocked if it does not return":         "一個數字；或錯誤的名字，例如 ECONNREFUSED；或者 blocked，表示它不會返回",
		"the name of an error such as ECONNREFUSED, or none":                                            "錯誤的名字，例如 ECONNREFUSED；或者 none",
		"what is received, in quotes or without":                                                        "收到的內容，加不加引號都可以",
		"An empty line ends the answer.":                                                                "空白行結束回答。",
		"You have done this lesson. It begins once more, and stays done.":                               "你已經完成這一課。它再開始一次，仍然算是完成。",
		"The end of the lesson, with steps left out: %d. sockplay lesson %s goes to the first of them.": "這一課到此為止，略過的步驟有 %d 個。sockplay lesson %s 會回到其中的第一個。",
		"This step wants something done, by commands: goal says what, hint helps.":                      "這一步要用命令做一件事：goal 說明是什麼，hint 給提示。",
		"The lesson goes on. Its step begins anew, in a fresh sandbox.":                                 "課程繼續。這一步在全新的沙箱裡重新開始。",
		"There is no hint for a prediction: guess, and see.":                                            "預測沒有提示：猜猜看，然後看結果。",
		"interrupted: the sandbox is half made":                                                         "中斷了：沙箱只做好一半",
		"reset begins the step anew; goal says what it asks for":                                        "reset 讓這一步重新開始；goal 說明它要什麼",
		"In this lesson:":         "在這一課裡：",
		"what this step asks for": "這一步的目標", "some help, and more each time": "提示，每次多一點", "the next step, when this one is passed": "通過之後，到下一步",
		"have it done, and go on": "替你做完這一步", "the step before": "上一步", "this step's beginning, in a fresh sandbox": "在全新的沙箱裡重做這一步",
		"the next step, without this one": "跳過這一步", "the lesson ends; sockplay lesson resumes it": "離開課程；sockplay lesson 會從這裡繼續",
		"yes or no": "yes 或 no",
	},
}
