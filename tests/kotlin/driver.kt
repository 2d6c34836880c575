import java.io.IOException
import java.net.HttpURLConnection
import java.net.URL
import java.util.concurrent.Callable
import java.util.concurrent.Executors
import org.json.JSONArray
import org.json.JSONObject

/** A storage that an app which was ended cannot use any more. */
private class Memory(private var login: Login? = null) : LoginStore {
  @Volatile var isAlive = true

  override fun read(): Login? = if (isAlive) login else throw IOException("The app has ended.")
  override fun write(login: Login?) {
    if (!isAlive) throw IOException("The app has ended.")
    this.login = login
  }
}

private fun resultOf(work: () -> Response): JSONObject =
  try {
    val response = work()
    val posts = response.json as? JSONArray
    if (response.status != 200) JSONObject().put("outcome", "failed")
    else JSONObject().put("outcome", "ok").putOpt("posts", posts?.length())
  } catch (_: LoginRequired) {
    JSONObject().put("outcome", "login_required")
  } catch (error: IOException) {
    JSONObject().put("outcome", "failed").put("detail", error.toString())
  }

private fun next(base: String, results: JSONArray): JSONObject {
  val connection = URL("$base/kit/next").openConnection() as HttpURLConnection
  connection.requestMethod = "POST"
  connection.doOutput = true
  connection.outputStream.use { it.write(JSONObject().put("results", results).toString().toByteArray()) }
  return JSONObject(connection.inputStream.use { it.readBytes().decodeToString() })
}

/** Runs the code of docs/mobile-kotlin.md by the commands of the kit (docs/mobile.md, "Control API"). */
fun main(arguments: Array<String>) {
  val base = arguments[0]
  val threads = Executors.newCachedThreadPool { work -> Thread(work).apply { isDaemon = true } }
  var store = Memory()
  var session = Session(base, store)
  var results = JSONArray()
  while (true) {
    val command = next(base, results)
    results = JSONArray()
    when (command.getString("do")) {
      "done" -> return
      "finished" -> println("${command["scenario"]} ${command["passed"]} ${command.optString("reason")}")
      "login" -> results.put(resultOf { session.logIn(command.getString("username"), command.getString("password")) })
      "call" -> {
        val app = session
        val calls = List(command.getInt("times")) {
          threads.submit(Callable { resultOf { app.request("GET", "/api/blog/posts/") } })
        }
        if (!command.getBoolean("abandon")) for (call in calls) results.put(call.get())
      }
      else -> {
        val login = if (command["do"] == "reset") null else store.read()
        store.isAlive = false
        store = Memory(login)
        session = Session(base, store)
      }
    }
  }
}
